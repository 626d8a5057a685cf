//! In: layout devices in order of preference. Out: one that does not fail: what one has lost the next goes on with.

use super::{LayoutDevice, LayoutForces, LayoutGraph, Motion, OwnedGraph};
use crate::error::Result;

/// Opens a layout device when those before it have failed.
pub type LayoutOpener = Box<dyn FnOnce() -> Result<Box<dyn LayoutDevice>> + Send>;

/// A device, and others for when it fails. They take over from the positions last fetched.
pub struct LayoutChain {
    current: Box<dyn LayoutDevice>,
    waiting: std::vec::IntoIter<LayoutOpener>,
    /// The graph as it was when positions were last on the host, and its version; 0 = none.
    kept: OwnedGraph,
    version: u64,
    /// Steps taken since, which a lost device takes with it.
    unseen: Option<LayoutForces>,
}

impl std::fmt::Debug for LayoutChain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LayoutChain")
            .field("device", &self.current.name())
            .field("waiting", &self.waiting.len())
            .finish()
    }
}

impl LayoutChain {
    /// `first`, then what `later` opens, in order.
    pub fn new(first: Box<dyn LayoutDevice>, later: Vec<LayoutOpener>) -> Self {
        Self { current: first, waiting: later.into_iter(), kept: OwnedGraph::default(), version: 0, unseen: None }
    }

    fn ask<T>(&mut self, mut what: impl FnMut(&mut dyn LayoutDevice) -> Result<T>) -> Result<T> {
        loop {
            let error = match what(self.current.as_mut()) {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            let failed = self.current.name();
            loop {
                let Some(open) = self.waiting.next() else { return Err(error) };
                let opened = open().and_then(|mut device| {
                    if self.version > 0 {
                        device.load(&self.kept.lend(), self.version)?;
                        if let Some(forces) = &self.unseen {
                            // Whoever asks how it went must not hear of a graph that has never moved.
                            device.step(forces, 1)?;
                        }
                    }
                    Ok(device)
                });
                match opened {
                    Ok(device) => {
                        tracing::error!(
                            "{failed} failed and is given up: {error}; the layout goes on with {}",
                            device.name()
                        );
                        self.current = device;
                        break;
                    }
                    Err(error) => tracing::info!("{error}"),
                }
            }
        }
    }
}

impl LayoutDevice for LayoutChain {
    fn name(&self) -> String {
        self.current.name()
    }

    fn load(&mut self, graph: &LayoutGraph<'_>, version: u64) -> Result<()> {
        self.kept = graph.into();
        self.version = version;
        self.unseen = None;
        self.ask(|device| device.load(graph, version))
    }

    fn holding(&self) -> u64 {
        self.current.holding()
    }

    fn step(&mut self, forces: &LayoutForces, steps: u32) -> Result<()> {
        self.ask(|device| device.step(forces, steps))?;
        self.unseen = Some(*forces);
        Ok(())
    }

    fn motion(&mut self) -> Result<Motion> {
        self.ask(|device| device.motion())
    }

    fn fetch(&mut self, nodes: &mut [[f32; 4]], forces: &mut [[f32; 3]], mobility: &mut [f32]) -> Result<()> {
        self.ask(|device| device.fetch(nodes, forces, mobility))?;
        if self.kept.nodes.len() == nodes.len() {
            self.kept.nodes.copy_from_slice(nodes);
            self.kept.forces.copy_from_slice(forces);
            self.kept.mobility.copy_from_slice(mobility);
            self.unseen = None;
        }
        Ok(())
    }

    fn patience(&self) -> u32 {
        self.current.patience()
    }

    fn positions(&self) -> Option<&wgpu::Buffer> {
        self.current.positions()
    }
}
