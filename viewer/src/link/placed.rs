//! In: the graph shown, which may be less than what was found, or the past. Out: its layout: frames, and places in a buffer
//! that the scene draws from.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use scarcity_engine::compute::layout::Shown;
use scarcity_engine::runtime::{Bus, EngineSnapshot, Queue, Setter, SimulationFrame, Subscription};
use scarcity_engine::simulation::{self, Detail, Drawn, LayoutHandle};
use scarcity_engine::types::{Frame, Snapshot};
use scarcity_engine::{Config, compute};

use super::given::{Given, GivenGraphs};
use super::placing::Placing;
use super::{Apart, LatestFrame, Lent, News, Places};
use crate::model::{ToastKind, ViewModel};

/// The layout of what is shown, which may be less than what was found, or the past.
pub(super) struct Placed {
    bus: Bus,
    frames: Subscription<Frame>,
    layout: LayoutHandle,
    placing: Placing,
    /// Where the layout's positions are on the renderer's device, if it has lent it.
    drawn: Option<Drawn>,
    given: GivenGraphs,
    places: Option<Places>,
    /// What the layout was last given.
    shown: Option<(Arc<Snapshot>, u64)>,
    /// Places to start from, until the first frame has come.
    start_at: Vec<(u32, [f32; 3])>,
    /// Frame and style revision differ when the placing changes though the layout rests.
    turn: u64,
    /// Laid out in the plane.
    planar: bool,
    last: Option<Arc<Frame>>,
    /// The device it ran on when last asked.
    device: String,
}

impl Placed {
    /// A layout that starts from these places, by variable.
    pub fn new(
        config: &Config,
        lent: Option<&Lent>,
        apart: Option<&Apart>,
        start_at: Vec<(u32, [f32; 3])>,
    ) -> scarcity_engine::Result<Self> {
        let bus = Bus::new(&config.runtime);
        let frames = bus.subscribe::<SimulationFrame>(Queue::Ring(1));
        let (layout, drawn) = match lent {
            Some(lent) => {
                let device = apart.map_or_else(|| compute::layout::open_lent(&config.compute, lent), |open| open())?;
                let shown = Shown::new(lent.device.clone(), lent.queue.clone());
                let (layout, drawn) = simulation::spawn_drawn(&bus, &config.simulation, device, shown)?;
                (layout, Some(drawn))
            }
            None => (simulation::spawn(&bus, &config.simulation, compute::layout::open(&config.compute)?)?, None),
        };
        let device = layout.device();
        Ok(Self {
            bus,
            frames,
            layout,
            drawn,
            given: GivenGraphs::default(),
            places: None,
            placing: Placing::default(),
            shown: None,
            start_at,
            turn: 0,
            planar: false,
            last: None,
            device,
        })
    }

    /// Gives the layout what is shown now, if that has changed.
    pub fn follow(&mut self, model: &ViewModel) {
        if std::mem::replace(&mut self.planar, model.settings.flat) != model.settings.flat {
            self.layout.set_planar(model.settings.flat);
        }
        let Some(snapshot) = &model.snapshot else { return };
        let mut hasher = DefaultHasher::new();
        if model.leaves_out() {
            (&model.hidden, model.isolated, &model.focused).hash(&mut hasher);
        }
        let left_out = hasher.finish();
        if self.shown.as_ref().is_some_and(|(known, l)| Arc::ptr_eq(known, snapshot) && *l == left_out) {
            return;
        }
        let (reduced, placing) = Placing::reduce(snapshot, |index| model.shows_variable(index));
        if self.drawn.is_some() {
            self.given.push(Given::new(Arc::clone(&reduced), Arc::clone(snapshot), placing.clone()));
        }
        if placing != self.placing {
            self.placing = placing;
            // Frames under way are about the graph before.
            while self.frames.try_recv().is_ok() {}
            self.turn += 1;
        }
        self.shown = Some((Arc::clone(snapshot), left_out));
        self.bus.publish::<EngineSnapshot>(reduced);
    }

    /// Takes over what the layout has done since.
    pub fn poll(&mut self, model: &mut ViewModel, frame: &mut LatestFrame, news: &mut News) {
        let device = self.layout.device();
        if device != self.device {
            let before = std::mem::replace(&mut self.device, device);
            let text = format!("{before} failed; the layout goes on with {}, from where it was", self.device);
            news.push((ToastKind::Warning, text));
        }
        self.find_places();
        while let Ok(newest) = self.frames.try_recv() {
            model.layout_settled = newest.settled;
            // The scene draws the layout's buffer; what else wants positions waits for the next frame that has them.
            if newest.positions.is_empty() {
                continue;
            }
            if !self.start_at.is_empty() && newest.positions.len() >= self.placing_len() {
                for (variable, place) in std::mem::take(&mut self.start_at) {
                    self.pin(variable, Some(place));
                    if !model.pins.contains_key(&variable) {
                        self.pin(variable, None);
                    }
                }
                continue;
            }
            let expanded = self.placing.expand(&newest);
            // A frame of the new placing may carry the number of one of the old.
            let numbered = Frame { frame_id: expanded.frame_id + (self.turn << 40), ..Frame::clone(&expanded) };
            self.last = Some(Arc::new(numbered));
            frame.0.clone_from(&self.last);
        }
    }

    /// The layout.
    pub fn layout(&self) -> &LayoutHandle {
        &self.layout
    }

    /// The one end that may limit the picture.
    pub fn take_setter(&mut self) -> Option<Setter<Detail>> {
        self.layout.take_setter()
    }

    /// Where the scene finds the positions to draw.
    pub fn places(&self) -> Option<Places> {
        self.places.clone()
    }

    fn find_places(&mut self) {
        let Some(latest) = self.drawn.as_ref().and_then(Drawn::latest) else { return };
        let Some((shown, _)) = &self.shown else { return };
        let Some(given) = self.given.reach(&latest.snapshot) else { return };
        let slots = given.slots(shown);
        self.places = Some(Places { buffer: latest.buffer, slots, frame: latest.frame_id });
    }

    fn placing_len(&self) -> usize {
        self.shown.as_ref().map_or(usize::MAX, |(snapshot, _)| snapshot.names.len().min(1))
    }

    /// Holds a variable somewhere, or lets it go.
    pub fn pin(&self, variable: u32, place: Option<[f32; 3]>) {
        if let Some(at) = self.placing.place_of(variable) {
            self.layout.pin(at, place);
        }
    }
}
