"use strict";

// Loads claims. They are in several files, sorted by record; a file is loaded when a record in it is opened.
(() => {
  const { core } = mmru_data;

  const rows = async (number) => {
    await mmru.script(`data/claims-${number}.js`);
    return mmru_data[`claims_${number}`].map((row) => Object.fromEntries(core.claim_columns.map((name, i) => [name, row[i]])));
  };

  mmru.claims = {
    /** Returns the claims about a record. */
    async of(record) {
      // ids are ASCII, so they sort here as they do in Python
      const number = core.shards.findLastIndex((first) => first <= record);
      if (number < 0) return [];
      return (await rows(number)).filter((claim) => claim.record_id === record);
    },
  };
})();
