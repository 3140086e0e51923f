"""Read what people write under seeds/ and schemas/, and extract claims from it."""
