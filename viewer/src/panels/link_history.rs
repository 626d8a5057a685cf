//! In: the recording and a link. Out: how the link fared, window by window, worked out once per change.

use scarcity_engine::types::{Edge, LinkKey};

use crate::model::ViewModel;

/// How one link fared.
#[derive(Debug, Clone, Default)]
pub(super) struct LinkHistory {
    of: Option<(LinkKey, usize, u64)>,
    /// `(window, link)` wherever it was in the graph.
    pub windows: Vec<(u64, Edge)>,
}

impl LinkHistory {
    /// Brings it up to date.
    pub fn refresh(&mut self, vm: &ViewModel, key: LinkKey) {
        let newest = vm.recording.iter().next_back().map_or(0, |snapshot| snapshot.window);
        let wanted = (key, vm.recording.len(), newest);
        if self.of != Some(wanted) {
            self.of = Some(wanted);
            self.windows = vm.recording.of_link(key);
        }
    }
}
