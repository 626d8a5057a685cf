//! In: `[stream.prepare]` of the configuration. Out: what is done to the columns before discovery.

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What to do about unit roots and trends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TrendChoice {
    /// Nothing: every regression already contains its target's own past.
    #[default]
    Off,
    /// Difference what looks like a random walk, detrend what returns to a straight line.
    Auto,
    /// Difference every variable.
    Difference,
    /// Take the straight line of the profiled rows off every variable.
    Detrend,
}

/// Which season to remove. Written as `"off"`, `"auto"` or a number of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SeasonChoice {
    /// None.
    #[default]
    Off,
    /// The commonest period found, from the variables that have it.
    Auto,
    /// This one, from every variable.
    Rows(u32),
}

/// What becomes of missing cells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MissingChoice {
    /// Discovery bridges gaps of up to 8 rows by a line; longer ones leave rows out of effects.
    #[default]
    Bridge,
    /// The last value before it stands in for a missing one.
    Hold,
    /// Rows with a missing cell are left out, and no lag crosses them.
    Drop,
}

/// Settings of the preparation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PrepareConfig {
    /// What to do about unit roots and trends.
    pub trend: TrendChoice,
    /// Which season to remove.
    pub season: SeasonChoice,
    /// What becomes of missing cells.
    pub missing: MissingChoice,
    /// First rows of the stream that are looked at; they are held back until then if something is to be removed. 0 =
    /// none.
    pub profile_rows: u32,
}

impl Default for PrepareConfig {
    fn default() -> Self {
        Self { trend: TrendChoice::Off, season: SeasonChoice::Off, missing: MissingChoice::Bridge, profile_rows: 4096 }
    }
}

impl PrepareConfig {
    /// Whether any variable may be changed.
    pub fn changes(&self) -> bool {
        self.trend != TrendChoice::Off || self.season != SeasonChoice::Off
    }

    /// Adds a sentence per setting out of range.
    pub fn check(&self, faults: &mut Vec<String>) {
        let needed = match self.season {
            SeasonChoice::Rows(1) => {
                faults.push("`stream.prepare.season` is 1, at least 2 rows make a season".to_owned());
                0
            }
            // Twice, or the pattern cannot be told from the level.
            SeasonChoice::Rows(rows) => u64::from(rows) * 2,
            SeasonChoice::Off | SeasonChoice::Auto => 0,
        };
        let needed = needed.max(if self.changes() { 50 } else { 0 });
        if u64::from(self.profile_rows) < needed {
            faults.push(format!(
                "`stream.prepare.profile_rows` is {}, at least {needed} are needed for what is to be removed",
                self.profile_rows
            ));
        }
    }
}

impl std::str::FromStr for SeasonChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "off" => Ok(Self::Off),
            "auto" => Ok(Self::Auto),
            _ => match text.parse() {
                Ok(0) => Ok(Self::Off),
                Ok(rows) => Ok(Self::Rows(rows)),
                Err(_) => Err(format!("\"{text}\" is neither \"off\" nor \"auto\" nor a number of rows")),
            },
        }
    }
}

impl Serialize for SeasonChoice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Off => serializer.serialize_str("off"),
            Self::Auto => serializer.serialize_str("auto"),
            Self::Rows(rows) => serializer.serialize_u32(*rows),
        }
    }
}

impl<'de> Deserialize<'de> for SeasonChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WordOrRows)
    }
}

/// Reads a season's choice, which is a word or a number.
struct WordOrRows;

impl Visitor<'_> for WordOrRows {
    type Value = SeasonChoice;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("\"off\", \"auto\" or a number of rows")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<SeasonChoice, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, rows: i64) -> Result<SeasonChoice, E> {
        rows.to_string().parse().map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, rows: u64) -> Result<SeasonChoice, E> {
        rows.to_string().parse().map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{MissingChoice, PrepareConfig, SeasonChoice, TrendChoice};

    #[test]
    fn words_and_numbers_are_read_and_written() {
        let read = |text: &str| toml::from_str::<PrepareConfig>(text);
        assert_eq!(read("").unwrap(), PrepareConfig::default());
        let config = read("trend = \"auto\"\nseason = 24\nmissing = \"drop\"\nprofile_rows = 100").unwrap();
        assert_eq!(
            config,
            PrepareConfig {
                trend: TrendChoice::Auto,
                season: SeasonChoice::Rows(24),
                missing: MissingChoice::Drop,
                profile_rows: 100
            }
        );
        assert_eq!(read(&toml::to_string(&config).unwrap()).unwrap(), config);
        assert_eq!(read("season = 0").unwrap().season, SeasonChoice::Off);
        assert_eq!(read("season = \"auto\"").unwrap().season, SeasonChoice::Auto);
        for wrong in [
            "season = \"weekly\"",
            "season = -3",
            "season = 2.5",
            "season = true",
            "trend = \"up\"",
            "missing = \"zero\"",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(read("season = \"weekly\"").unwrap_err().to_string().contains("weekly"));
    }

    #[test]
    fn too_few_profiled_rows_are_a_fault() {
        let faults = |season, trend, profile_rows| {
            let mut faults = Vec::new();
            PrepareConfig { trend, season, profile_rows, ..PrepareConfig::default() }.check(&mut faults);
            faults.len()
        };
        assert_eq!(faults(SeasonChoice::Off, TrendChoice::Off, 0), 0);
        assert_eq!(faults(SeasonChoice::Off, TrendChoice::Auto, 10), 1);
        assert_eq!(faults(SeasonChoice::Rows(168), TrendChoice::Off, 300), 1);
        assert_eq!(faults(SeasonChoice::Rows(168), TrendChoice::Off, 336), 0);
        assert_eq!(faults(SeasonChoice::Rows(1), TrendChoice::Off, 336), 1);
    }
}
