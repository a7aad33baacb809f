// What a search shows first: the lessons, then exercises and texts, then the reference.
var Scorer = {
  score: ([docname, title, anchor, descr, score]) => {
    if (docname.startsWith("notebooks/exercises/")) return score + 10;
    if (docname.startsWith("notebooks/")) return score + 20;
    return docname.startsWith("reference/") ? score : score + 5;
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 5, 1: 0, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
