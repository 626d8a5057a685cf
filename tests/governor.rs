//! In: readings of every kind, simulated and real. Out: whether the governor keeps its promises.

#[path = "governor/bounds.rs"]
mod bounds;
#[path = "governor/card.rs"]
mod card;
#[path = "governor/gauges.rs"]
mod gauges;
#[path = "governor/law.rs"]
mod law;
#[path = "governor/limits.rs"]
mod limits;
#[path = "governor/listeners.rs"]
mod listeners;
#[path = "governor/live.rs"]
mod live;
#[path = "governor/plant.rs"]
mod plant;
#[path = "governor/properties.rs"]
mod properties;
#[path = "governor/replaying.rs"]
mod replaying;
#[path = "governor/rules.rs"]
mod rules;
#[path = "governor/told.rs"]
mod told;
