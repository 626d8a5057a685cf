//! In: a seed and sizes. Out: a planted system: rows whose causes are known.
