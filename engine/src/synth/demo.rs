//! In: a seed and the length of a regime. Out: the demo, an endless power grid whose mechanisms change under way.

use crate::types::{Truth, TruthHyperEdge};

use super::{Generator, Mechanism, Noise, System, Term};

/// (name, value that stands for 0, units per unit of the generator, dependence on the own last value, noise).
const VARIABLES: [(&str, f64, f64, f64, f64); 12] = [
    ("temperature_c", 18.0, 4.0, 0.6, 0.7),
    ("sunshine_w_m2", 420.0, 110.0, 0.5, 0.85),
    ("wind_m_s", 11.0, 2.5, 0.6, 0.8),
    ("solar_mw", 300.0, 80.0, 0.0, 0.6),
    ("wind_mw", 500.0, 120.0, 0.1, 0.6),
    ("demand_mw", 3200.0, 250.0, 0.3, 0.75),
    ("gas_mw", 1500.0, 200.0, 0.0, 0.35),
    ("frequency_hz", 50.0, 0.02, 0.2, 0.4),
    ("price_eur_mwh", 70.0, 12.0, 0.3, 0.7),
    ("line_load_pct", 60.0, 8.0, 0.3, 0.7),
    ("voltage_kv", 380.0, 2.5, 0.2, 0.7),
    ("battery_mw", 0.0, 40.0, 0.3, 0.7),
];
const TEMPERATURE: u32 = 0;
const SUNSHINE: u32 = 1;
const WIND: u32 = 2;
const SOLAR: u32 = 3;
const WIND_POWER: u32 = 4;
const DEMAND: u32 = 5;
const GAS: u32 = 6;
const FREQUENCY: u32 = 7;
const PRICE: u32 = 8;
const LINE: u32 = 9;
const VOLTAGE: u32 = 10;
const BATTERY: u32 = 11;

/// (source, target, lag, coefficient in the generator's units).
type Link = (u32, u32, u32, f64);

/// Links of every regime. Gas follows demand, and the frequency feels only what gas adds beyond it: neither says
/// much about the frequency alone, both together do.
const ALWAYS: [Link; 9] = [
    (SUNSHINE, SOLAR, 1, 0.8),
    (SUNSHINE, TEMPERATURE, 3, 0.4),
    (WIND, WIND_POWER, 1, 0.8),
    (WIND_POWER, PRICE, 2, -0.45),
    (DEMAND, PRICE, 1, 0.5),
    (DEMAND, GAS, 1, 1.5),
    (GAS, FREQUENCY, 1, 1.5),
    (DEMAND, FREQUENCY, 2, -2.25),
    (PRICE, BATTERY, 1, 0.5),
];
const FAIR_DAY: [Link; 7] = [
    (TEMPERATURE, DEMAND, 2, 0.45),
    (SOLAR, PRICE, 1, -0.45),
    (SOLAR, BATTERY, 2, -0.4),
    (DEMAND, LINE, 1, 0.5),
    (WIND_POWER, LINE, 2, 0.45),
    (LINE, VOLTAGE, 1, -0.6),
    (WIND, TEMPERATURE, 1, -0.35),
];
const EVENING_PEAK: [Link; 7] = [
    (TEMPERATURE, DEMAND, 2, 0.45),
    (DEMAND, LINE, 1, 0.5),
    (WIND_POWER, LINE, 2, -0.45),
    (LINE, VOLTAGE, 1, -0.6),
    (WIND, TEMPERATURE, 1, -0.35),
    (BATTERY, PRICE, 1, -0.45),
    (TEMPERATURE, VOLTAGE, 2, -0.4),
];
const STORM: [Link; 7] = [
    (TEMPERATURE, DEMAND, 2, -0.45),
    (SOLAR, PRICE, 1, -0.45),
    (WIND_POWER, LINE, 2, 0.45),
    (WIND, LINE, 1, 0.5),
    (WIND, VOLTAGE, 1, -0.5),
    (VOLTAGE, BATTERY, 2, -0.4),
    (PRICE, DEMAND, 3, -0.35),
];

/// A small power grid that goes through a fair day, an evening peak and a storm, over and over.
#[derive(Debug, Clone)]
pub struct Demo {
    generator: Generator,
}

impl Demo {
    /// Names of the regimes, by number.
    pub const REGIMES: [&'static str; 3] = ["fair day", "evening peak", "storm"];

    /// The demo at row 0; regimes last `regime_rows` rows, give or take a fifth.
    pub fn new(seed: u64, regime_rows: u64) -> Self {
        Self { generator: Generator::new(Self::system(regime_rows), seed) }
    }

    /// The planted equations.
    pub fn system(regime_rows: u64) -> System {
        let names = VARIABLES.iter().map(|v| v.0.to_owned()).collect();
        let mut system = System::new(names, Noise::Gaussian, Mechanism::default());
        system.offset = VARIABLES.iter().map(|v| v.1).collect();
        system.scale = VARIABLES.iter().map(|v| v.2).collect();
        system.noise_sd = VARIABLES.iter().map(|v| v.4).collect();
        system.regimes = [FAIR_DAY, EVENING_PEAK, STORM].iter().map(|links| mechanism(links)).collect();
        system.regime_rows = Some(regime_rows.max(1));
        system.jitter = true;
        system
    }

    /// Variable names.
    pub fn names(&self) -> &[String] {
        self.generator.names()
    }

    /// Rows handed out so far.
    pub fn row(&self) -> u64 {
        self.generator.row()
    }

    /// Name of the regime of the next row.
    pub fn regime_name(&self) -> &'static str {
        Self::REGIMES[self.generator.regime() % Self::REGIMES.len()]
    }

    /// Writes the next row, `[vars]`.
    pub fn next_row(&mut self, out: &mut [f64]) {
        self.generator.next_row(out);
    }

    /// The links in force at the next row, and all regimes up to and including the present one.
    pub fn truth(&self) -> Truth {
        self.generator.truth()
    }
}

fn mechanism(links: &[Link]) -> Mechanism {
    let own = VARIABLES.iter().enumerate().filter(|(_, v)| v.3 != 0.0);
    let own = own.map(|(i, v)| Term { source: i as u32, target: i as u32, lag: 1, coef: v.3 });
    let links = ALWAYS.iter().chain(links);
    let links = links.map(|&(source, target, lag, coef)| Term { source, target, lag, coef });
    Mechanism {
        terms: own.chain(links).collect(),
        hyperedges: vec![TruthHyperEdge { sources: vec![(DEMAND, 2), (GAS, 1)], target: FREQUENCY }],
    }
}
