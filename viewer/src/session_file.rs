//! In: how things are looked at, what is open and what was found. Out: one file that brings all of it back, also after a
//! crash.

use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use scarcity_engine::output::AtomicFile;
use scarcity_engine::types::Snapshot;
use serde::{Deserialize, Serialize};

use crate::model::{ImportChoice, Lod, PolicyView, Selection, TimeView, ViewModel, ViewState};

/// Version of the format; older files are read, newer ones refused.
const VERSION: u32 = 1;
/// Name of the automatic one, in the folder of the settings.
const LAST: &str = "last-session.json";

/// A session.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionFile {
    /// Version of the format.
    pub version: u32,
    /// What is open; `None` = the demo.
    pub choice: Option<ImportChoice>,
    /// What the files were like, in the order of the choice.
    pub files: Vec<Fingerprint>,
    /// Name of the data.
    pub source_name: String,
    /// Filter, focus, pins, camera, knobs.
    pub view: ViewState,
    /// Moment, marks, speed.
    pub time: TimeView,
    /// What is selected.
    pub selection: Selection,
    /// Text in the search field.
    pub search: String,
    /// Level of detail.
    pub lod: Lod,
    /// Rules of the governor.
    pub rules: Vec<PolicyView>,
    /// Where each variable stands.
    pub places: Vec<(String, [f32; 3])>,
    /// The graph shown, so that it is there before the first window.
    pub snapshot: Option<Snapshot>,
}

/// What a file was like: enough to see that it is another one now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Size in bytes.
    pub bytes: u64,
    /// FNV-1a over the size and the first and last 64 kB.
    pub hash: u64,
}

impl Fingerprint {
    /// Of a file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(path: &Path) -> std::io::Result<Self> {
        const PART: u64 = 64 << 10;
        let mut file = fs::File::open(path)?;
        let bytes = file.metadata()?.len();
        let mut part = Vec::new();
        file.by_ref().take(PART).read_to_end(&mut part)?;
        if bytes > PART {
            file.seek(SeekFrom::Start(bytes.saturating_sub(PART)))?;
            file.take(PART).read_to_end(&mut part)?;
        }
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in bytes.to_le_bytes().into_iter().chain(part) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Ok(Self { bytes, hash })
    }
}

impl SessionFile {
    /// The session as it is. `places` of the variables in their order; empty where there are none yet.
    pub fn of(model: &ViewModel, view: ViewState, choice: Option<&ImportChoice>, places: &[[f32; 4]]) -> Self {
        let names = model.snapshot.as_ref().map(|snapshot| snapshot.names.to_vec()).unwrap_or_default();
        let files = choice.map_or(&[][..], |choice| &choice.files);
        Self {
            version: VERSION,
            choice: choice.cloned(),
            files: files.iter().map(|file| Fingerprint::of(file).unwrap_or_default()).collect(),
            source_name: model.source_name.clone(),
            view,
            time: TimeView { playing: false, ..model.time },
            selection: model.selection,
            search: model.search.clone(),
            lod: model.lod,
            rules: model.policies.clone(),
            places: names
                .into_iter()
                .zip(places)
                .filter(|(_, place)| place[3] > 0.0)
                .map(|(name, [x, y, z, _])| (name, [*x, *y, *z]))
                .collect(),
            snapshot: model.snapshot.as_deref().map(finite),
        }
    }

    /// Writes it; the old file stands until the new one is whole.
    ///
    /// # Errors
    /// When the place cannot be written.
    pub fn save(&self, path: &Path) -> anyhow::Result<()> {
        if let Some(dir) = path.parent().filter(|dir| !dir.as_os_str().is_empty()) {
            fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
        }
        AtomicFile::write(path, |out| serde_json::to_writer(out, self).map_err(std::io::Error::from))?;
        Ok(())
    }

    /// Reads one.
    ///
    /// # Errors
    /// When it is not there, not a session, or of a newer version.
    pub fn load(path: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let session: Self = serde_json::from_str(&text)
            .with_context(|| format!("{} is not a session of this viewer; open data by Ctrl+O", path.display()))?;
        if session.version > VERSION {
            bail!("{} was written by a newer viewer (version {})", path.display(), session.version);
        }
        Ok(session)
    }

    /// What has changed about the files since: a sentence, or nothing.
    pub fn changed_files(&self) -> Option<String> {
        let choice = self.choice.as_ref()?;
        let changed = choice.files.iter().zip(&self.files).find(|(file, then)| {
            **then != Fingerprint::default() && Fingerprint::of(file).is_ok_and(|now| now != **then)
        })?;
        Some(format!("{} has changed since the session was saved; the graph may differ", changed.0.display()))
    }

    /// A file that is gone, if any.
    pub fn missing_file(&self) -> Option<&PathBuf> {
        self.choice.as_ref()?.files.iter().find(|file| !file.exists())
    }
}

/// Where the automatic session is kept.
pub fn last_path() -> Option<PathBuf> {
    crate::settings::folder().map(|dir| dir.join(LAST))
}

/// JSON knows no infinities and no NaN.
fn finite(snapshot: &Snapshot) -> Snapshot {
    let mut snapshot = snapshot.clone();
    let mend = |value: &mut f64| {
        if !value.is_finite() {
            *value = 0.0;
        }
    };
    mend(&mut snapshot.inflation);
    for edge in &mut snapshot.edges {
        let link = &mut edge.link;
        [&mut edge.weight, &mut edge.var].into_iter().for_each(mend);
        [&mut link.score, &mut link.effect, &mut link.ci_lo, &mut link.ci_hi, &mut link.gain]
            .into_iter()
            .for_each(mend);
        [&mut link.stability, &mut link.p_value, &mut link.q_value].into_iter().for_each(mend);
    }
    for node in &mut snapshot.nodes {
        [&mut node.mean, &mut node.sd, &mut node.autoregression_r2, &mut node.missing].into_iter().for_each(mend);
    }
    for hyper in &mut snapshot.hyperedges {
        [&mut hyper.gain_joint, &mut hyper.gain_parts, &mut hyper.ci_lo, &mut hyper.ci_hi, &mut hyper.stability]
            .into_iter()
            .for_each(mend);
    }
    snapshot
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::bench::made_up;
    use crate::model::{Filter, KnobValue};

    #[test]
    fn a_session_comes_back_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data.csv");
        fs::write(&data, "a,b\n1,2\n").unwrap();
        let (mut snapshot, frame) = made_up(4, 6);
        // Ends that decimal digits hold exactly, whichever way they are read back.
        snapshot.edges.iter_mut().for_each(|edge| (edge.link.ci_lo, edge.link.ci_hi) = (-0.25, 0.75));
        snapshot.edges[0].link.ci_hi = f64::INFINITY;
        let mut model = ViewModel { snapshot: Some(Arc::new(snapshot)), search: "x".into(), ..ViewModel::default() };
        model.time.mark_a = Some(3);
        model.selection = Selection::Edge(model.snapshot.as_ref().unwrap().edges[1].link.key);
        let mut view = ViewState { filter: Filter { min_weight: 0.2, ..Filter::default() }, ..ViewState::default() };
        view.pins.insert(2, [1.0, 2.0, 3.0]);
        view.hidden.insert(3);
        view.knobs.insert("mpie.evaluator.fdr".into(), KnobValue::Real(0.1));
        view.knobs.insert("mpie.evaluator.n_resamples".into(), KnobValue::Whole(64));
        let choice = ImportChoice { files: vec![data.clone()], max_lag: 5, ..ImportChoice::default() };
        let places: Vec<[f32; 4]> = frame.positions.iter().map(|[x, y, z]| [*x, *y, *z, 0.1]).collect();
        let session = SessionFile::of(&model, view, Some(&choice), &places);
        let path = dir.path().join("not/yet/there/s.json");
        session.save(&path).unwrap();
        let back = SessionFile::load(&path).unwrap();
        assert_eq!(back, session);
        assert_eq!(back.places.len(), 4);
        assert_eq!(back.changed_files(), None);
        fs::write(&data, "a,b\n1,3\n").unwrap();
        assert!(back.changed_files().unwrap().contains("has changed"));
        fs::remove_file(&data).unwrap();
        assert_eq!(back.missing_file(), Some(&data));
    }

    #[test]
    fn what_is_no_session_is_refused_with_a_sentence() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.json");
        fs::write(&path, "[1, 2").unwrap();
        assert!(SessionFile::load(&path).unwrap_err().to_string().contains("is not a session"));
        fs::write(&path, "{\"version\": 99}").unwrap();
        assert!(SessionFile::load(&path).unwrap_err().to_string().contains("newer viewer"));
    }
}
