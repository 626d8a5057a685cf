//! In: a stimulus, a controller, a seed. Out: what a simulated engine on a simulated machine went through: the bench on
//! which controllers are compared.
//!
//! The engine is a queue: work arrives at a share of the machine's capacity, scaled by a level that takes a second to
//! show; another job takes a part of the capacity away. It is a plant to compare laws on, not a model of this engine.

mod baselines;
mod measure;
mod stimulus;

use std::collections::VecDeque;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

pub use baselines::Controller;
pub use measure::{Measures, Summary};
pub use stimulus::Stimulus;

use super::sensors::overload;
use crate::types::Readings;

/// Seconds of one step of the simulation, of the sensors, of the control.
const STEP_S: f64 = 0.05;
const SENSOR_S: f64 = 0.25;
const CONTROL_S: f64 = 0.5;
/// Seconds until an action shows.
const DELAY_S: f64 = 1.0;
/// When the stimulus begins and ends, and when the run does.
const ON_S: f64 = 30.0;
const OFF_S: f64 = 90.0;
const END_S: f64 = 150.0;
/// Latency that must not be exceeded.
const LATENCY_MS: f64 = 150.0;
/// Seconds of work that may wait; then the source waits.
const QUEUE_S: f64 = 1.5;
/// Time one window takes on an idle machine.
const WINDOW_MS: f64 = 30.0;
/// Share of the memory that the engine's caches take at level 1.
const CACHE: f64 = 0.2;

/// The three levers of the plant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Levels {
    /// Work per window of discovery.
    pub batch: f64,
    /// Detail of the layout.
    pub detail: f64,
    /// Caches.
    pub cache: f64,
}

impl Default for Levels {
    fn default() -> Self {
        Self { batch: 1.0, detail: 1.0, cache: 1.0 }
    }
}

/// What only an oracle knows.
#[derive(Debug, Clone, Copy)]
pub struct Truth {
    /// Capacity left by others.
    pub capacity: f64,
    /// The same when an action taken now shows.
    pub soon: f64,
    /// Work asked for at level 1, of discovery and of the layout.
    pub demand: (f64, f64),
    /// Memory others use.
    pub memory: f64,
}

/// A machine with an engine on it.
#[derive(Debug)]
struct Plant {
    stimulus: Stimulus,
    noise: ChaCha8Rng,
    asked: VecDeque<(f64, Levels)>,
    in_force: Levels,
    queue_s: f64,
    latency_ms: f64,
    served: (f64, f64),
    /// Work asked for in this step at level 1.
    wanted: f64,
    truth: Truth,
    sent: VecDeque<Readings>,
}

impl Plant {
    fn new(stimulus: Stimulus, seed: u64) -> Self {
        let demand = stimulus.demand();
        Self {
            stimulus,
            noise: ChaCha8Rng::seed_from_u64(seed ^ 0x706c_616e_7400_0000),
            asked: VecDeque::new(),
            in_force: Levels::default(),
            queue_s: 0.0,
            latency_ms: WINDOW_MS,
            served: demand,
            wanted: demand.0 + demand.1,
            truth: Truth { capacity: 1.0, soon: 1.0, demand, memory: 0.4 },
            sent: VecDeque::new(),
        }
    }

    fn normal(&mut self, sd: f64) -> f64 {
        let z: f64 = StandardNormal.sample(&mut self.noise);
        sd * z
    }

    fn ask(&mut self, t_s: f64, levels: Levels) {
        self.asked.push_back((t_s + DELAY_S, levels));
    }

    fn step(&mut self, t_s: f64) {
        while self.asked.front().is_some_and(|(at, _)| *at <= t_s) {
            self.in_force = self.asked.pop_front().map_or(self.in_force, |(_, levels)| levels);
        }
        let others = self.stimulus.others(t_s);
        self.truth.capacity = 1.0 - others;
        self.truth.soon = 1.0 - self.stimulus.others_soon(t_s);
        self.truth.memory = self.stimulus.memory_of_others(t_s);
        let capacity = self.truth.capacity;
        let (discovery, layout) = self.truth.demand;
        let jitter = 1.0 + self.normal(0.05);
        let asked = discovery * jitter.max(0.0);
        self.wanted = asked + layout;
        let arriving = asked * self.in_force.batch;
        // What waits in a full queue waits at its source: it is not lost, and it is not done either.
        let wanted = arriving + self.queue_s / STEP_S;
        let drawing = layout * self.in_force.detail;
        let share = (capacity / (wanted + drawing).max(1e-9)).min(1.0);
        let drawn =
            drawing * share.max(if drawing > 0.0 { 0.5 * capacity / (arriving + drawing) } else { 0.0 }).min(1.0);
        let served = wanted.min((capacity - drawn).max(0.0));
        self.queue_s = (self.queue_s + (arriving - served) * STEP_S).clamp(0.0, QUEUE_S);
        self.served = (served, drawn);
        let speed = (capacity - drawn).max(0.02);
        self.latency_ms = WINDOW_MS / capacity + 1e3 * self.queue_s / speed;
    }

    fn readings(&mut self, t_s: f64) -> Readings {
        let capacity = self.truth.capacity;
        let others = 1.0 - capacity;
        let (served, drawn) = self.served;
        let used = others + served + drawn;
        let (discovery, layout) = self.truth.demand;
        let load = discovery * self.in_force.batch / (capacity - drawn).max(0.02) + self.normal(0.02);
        let latency = self.latency_ms * (1.0 + self.normal(0.05));
        let own_memory = CACHE * self.in_force.cache;
        let memory = (self.truth.memory + own_memory + self.normal(0.004)).clamp(0.0, 1.0);
        let waiting = if used > 0.98 { others } else { 0.05 * others };
        let mut readings = Readings::from([
            ("cpu_util".to_owned(), (used + self.stimulus.hum(t_s) + self.normal(0.02)).clamp(0.0, 1.0)),
            ("cpu_self".to_owned(), (served + drawn).clamp(0.0, 1.0)),
            ("cpu_stall".to_owned(), (waiting + self.normal(0.01)).clamp(0.0, 1.0)),
            ("load".to_owned(), load),
            ("latency_ms".to_owned(), latency),
            ("overload".to_owned(), overload(load, latency, LATENCY_MS)),
            ("mem_util".to_owned(), memory),
            ("mem_self".to_owned(), own_memory),
            ("mem_headroom".to_owned(), (1.0 - memory) / own_memory),
        ]);
        if layout > 0.0 {
            let smooth = drawn / (layout * self.in_force.detail).max(1e-9);
            readings.insert("fps".to_owned(), (60.0 * smooth + self.normal(0.5)).max(0.0));
        }
        self.stimulus.through_the_sensors(t_s, readings, &mut self.sent)
    }
}

/// Runs one controller through one stimulus.
pub fn run(stimulus: Stimulus, controller: &mut Controller, seed: u64) -> Measures {
    let mut plant = Plant::new(stimulus, seed);
    let mut measures = Measures::new();
    let mut levels = Levels::default();
    let steps = (END_S / STEP_S) as u64;
    let every = |seconds: f64| (seconds / STEP_S).round() as u64;
    for step in 0..steps {
        let t_s = step as f64 * STEP_S;
        plant.step(t_s);
        let out_of_memory = plant.truth.memory + CACHE * plant.in_force.cache >= 1.0;
        let late = plant.latency_ms > LATENCY_MS;
        measures.step(t_s, (plant.served.0 + plant.served.1, plant.wanted), (late || out_of_memory, plant.latency_ms));
        if step % every(SENSOR_S) == 0 {
            let readings = plant.readings(t_s);
            controller.read(t_s, readings);
        }
        if step % every(CONTROL_S) == 0 {
            let works = stimulus.actuators_work(t_s);
            let wanted = controller.decide(t_s, levels, plant.truth, works);
            if wanted != levels {
                measures.action(t_s, levels, wanted);
                levels = wanted;
                plant.ask(t_s, levels);
            }
        }
    }
    measures.end(levels);
    measures
}

/// Runs one controller through one stimulus with several seeds.
pub fn compare(stimulus: Stimulus, name: &str, seeds: u64) -> Option<Summary> {
    let runs: Option<Vec<Measures>> =
        (0..seeds).map(|seed| Controller::named(name).map(|mut law| run(stimulus, &mut law, seed))).collect();
    Some(Summary::of(&runs?))
}
