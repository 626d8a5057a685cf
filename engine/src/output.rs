//! In: scores and snapshots. Out: edge tables and graph files.
