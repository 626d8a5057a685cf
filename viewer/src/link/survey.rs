//! In: the renderer's device, what is in the scene and where the eye is. Out: what to draw of it, what is under the pointer
//! and which nodes deserve a name, found by the engine's kernels on that device. Nothing waits for the device.

use scarcity_engine::Result;
use scarcity_engine::compute::gpu::layout::{Labelled, Scene};
use scarcity_engine::compute::wgpu::{Later, WgpuMachine};

pub use scarcity_engine::compute::gpu::layout::{Cull, Eye, Picked, SceneEdge};

/// Columns and rows of the grid that names are spread over: at most one to a cell.
const GRID: [u32; 2] = [32, 18];

/// Buffers to draw from: lists of nodes and of links, and the arguments of three indirect draws of each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawLists {
    /// Nodes drawn in full, then discs.
    pub nodes: wgpu::Buffer,
    /// Their draws.
    pub node_draws: wgpu::Buffer,
    /// Links by kind.
    pub edges: wgpu::Buffer,
    /// Their draws.
    pub edge_draws: wgpu::Buffer,
}

/// What the device has found since it was last asked.
#[derive(Debug, Default, PartialEq)]
pub struct Findings {
    /// What is under the pointer, if an answer has come: an inner `None` is nothing.
    pub under: Option<Option<Picked>>,
    /// Nodes that deserve a name, and where they are.
    pub labels: Option<Vec<(u32, [f32; 3])>>,
}

/// The engine's kernels on the renderer's device.
pub struct Surveyor {
    machine: WgpuMachine,
    scene: Scene<WgpuMachine>,
    under: Option<Later>,
    labels: Option<Later>,
}

impl Surveyor {
    /// On this device.
    pub fn new(device: wgpu::Device, queue: wgpu::Queue) -> Self {
        let machine = WgpuMachine::shared(device, queue, "the window's".to_owned());
        Self { machine, scene: Scene::default(), under: None, labels: None }
    }

    /// Another scene: radius and rank of each node, 0 = hidden and without a name, and the links, the most important last.
    ///
    /// # Errors
    /// Those of the device, here as below.
    pub fn set(&mut self, radii: &[f32], ranks: &[u32], edges: &[SceneEdge]) -> Result<()> {
        // What is sought under the pointer is about the scene before. Names are not: nodes keep their numbers while only
        // their looks change, as in every frame of a what-if that plays.
        self.under = None;
        self.scene.set(&mut self.machine, radii, ranks, edges)
    }

    /// Moves the eye that questions are asked from; [`Self::cull`] does so too.
    pub fn look(&mut self, eye: &Eye) -> Result<()> {
        self.scene.look(&mut self.machine, eye)
    }

    /// Finds out what is to be drawn, for draws submitted from now on.
    pub fn cull(&mut self, positions: &wgpu::Buffer, eye: &Eye, cull: &Cull) -> Result<DrawLists> {
        self.scene.look(&mut self.machine, eye)?;
        let lists = self.scene.cull(&mut self.machine, positions, cull)?;
        let lists = DrawLists {
            nodes: lists.nodes.clone(),
            node_draws: lists.node_draws.clone(),
            edges: lists.edges.clone(),
            edge_draws: lists.edge_draws.clone(),
        };
        self.machine.flush();
        Ok(lists)
    }

    /// Asks what is at a place of the picture and who deserves a name, where no such question is open.
    pub fn ask(
        &mut self,
        positions: &wgpu::Buffer,
        pointer: Option<[f32; 2]>,
        slack_px: f32,
        names: bool,
    ) -> Result<()> {
        let Self { machine, scene, under, labels } = self;
        if let Some(at) = pointer.filter(|_| under.is_none()) {
            let answer = scene.seek(machine, positions, at, slack_px)?;
            *under = Some(machine.read_later(answer, Picked::WORDS));
        }
        if names && labels.is_none() {
            let answer = scene.survey(machine, positions, GRID)?;
            *labels = Some(machine.read_later(answer, Labelled::words(GRID)));
        }
        Ok(())
    }

    /// What has been found since; an answer comes a frame or two after its question.
    pub fn findings(&mut self) -> Findings {
        let mut found = Findings::default();
        if self.under.is_none() && self.labels.is_none() {
            return found;
        }
        self.machine.hear();
        if let Some(words) = self.under.as_ref().and_then(Later::take) {
            self.under = None;
            found.under = Some(words.try_into().ok().and_then(Picked::from_words));
        }
        if let Some(words) = self.labels.as_ref().and_then(Later::take) {
            self.labels = None;
            let labels = Labelled::from_words(&words).into_iter().flatten();
            found.labels = Some(labels.map(|labelled| (labelled.node, labelled.place)).collect());
        }
        found
    }
}
