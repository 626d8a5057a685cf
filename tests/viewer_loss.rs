//! A layout device is lost while a graph is laid out: the window goes on, nodes stay where they were, and the user hears of it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bevy::math::UVec2;
use bevy::prelude::{Mut, World};
use scarcity_engine::Error;
use scarcity_engine::compute::cpu::CpuLayout;
use scarcity_engine::compute::gpu::GpuLayout;
use scarcity_engine::compute::layout::{LayoutChain, LayoutDevice, LayoutForces, LayoutGraph, Motion};
use scarcity_engine::compute::wgpu::{self, WgpuMachine};
use scarcity_viewer::app::{Model, Options, Start, Surface};
use scarcity_viewer::capture::Studio;
use scarcity_viewer::link::{LatestFrame, Link};
use scarcity_viewer::model::Settings;

use crate::skip_without_adapter;

const PATIENCE: Duration = Duration::from_secs(240);

/// A GPU that is not the renderer's: what it lays out passes through the processor.
struct Elsewhere(GpuLayout<WgpuMachine>);

impl LayoutDevice for Elsewhere {
    fn name(&self) -> String {
        self.0.name()
    }
    fn load(&mut self, graph: &LayoutGraph<'_>, version: u64) -> Result<(), Error> {
        self.0.load(graph, version)
    }
    fn holding(&self) -> u64 {
        self.0.holding()
    }
    fn step(&mut self, forces: &LayoutForces, steps: u32) -> Result<(), Error> {
        self.0.step(forces, steps)
    }
    fn motion(&mut self) -> Result<Motion, Error> {
        self.0.motion()
    }
    fn fetch(&mut self, nodes: &mut [[f32; 4]], forces: &mut [[f32; 3]], mobility: &mut [f32]) -> Result<(), Error> {
        self.0.fetch(nodes, forces, mobility)
    }
    fn patience(&self) -> u32 {
        self.0.patience()
    }
}

fn positions(world: &World) -> Vec<[f32; 3]> {
    world.resource::<LatestFrame>().0.as_ref().map(|frame| frame.positions.clone()).unwrap_or_default()
}

#[test]
fn a_lost_layout_device_costs_neither_the_window_nor_the_places() {
    if skip_without_adapter("a_lost_layout_device_costs_neither_the_window_nor_the_places") {
        return;
    }
    let adapter = wgpu::adapters().into_iter().next().unwrap();
    let machine = wgpu::open_adapter(&adapter, wgpu::extras(adapter.features())).unwrap();
    let device = machine.device().clone();
    let mut studio = Studio::new(Options {
        surface: Surface::Picture(UVec2::new(640, 400)),
        start: Start::Nothing,
        settings: Settings { reduced_motion: true, ..Settings::default() },
        remember: false,
        state_file: None,
        knobs: Vec::new(),
    })
    .unwrap();
    let machine = Mutex::new(Some(machine));
    studio.world_mut().resource_scope(|world, mut link: Mut<'_, Link>| {
        link.lay_out_on(Arc::new(move || {
            let first = Elsewhere(GpuLayout::new(machine.lock().unwrap().take().unwrap()));
            let then = || Ok(Box::new(CpuLayout::new(1)?) as Box<dyn LayoutDevice>);
            Ok(Box::new(LayoutChain::new(Box::new(first), vec![Box::new(then)])))
        }));
        link.start_demo(&mut world.resource_mut::<Model>().0);
    });
    let there = |world: &World| {
        let found = world.resource::<Model>().0.snapshot.as_ref().is_some_and(|s| s.window >= 8);
        found && !positions(world).is_empty()
    };
    studio.until(PATIENCE, "discovery", there).unwrap();
    studio.world().resource::<Link>().cancel();
    studio.until(PATIENCE, "the layout", |world| world.resource::<Model>().0.layout_settled).unwrap();
    let before = positions(studio.world());
    assert!(studio.model().toasts.iter().all(|toast| !toast.text.contains("goes on with")));

    device.destroy();
    // Gives it something to do: one node is held where it is.
    let told = |world: &World| {
        let toasts = &world.resource::<Model>().0.toasts;
        toasts.iter().any(|toast| toast.text.contains("failed; the layout goes on with cpu"))
    };
    let number = studio.world().resource::<LatestFrame>().0.as_ref().unwrap().frame_id;
    studio.world().resource::<Link>().pin(0, Some(before[0]));
    studio.until(PATIENCE, "word of the loss", told).unwrap();
    let later = |world: &World| world.resource::<LatestFrame>().0.as_ref().is_some_and(|f| f.frame_id > number);
    studio.until(PATIENCE, "a frame from the processor", later).unwrap();
    let after = positions(studio.world());
    assert_eq!(after.len(), before.len());
    let radius = before.iter().flatten().map(|v| v * v).sum::<f32>().sqrt() / (before.len() as f32).sqrt();
    let mut moved: Vec<f32> =
        before.iter().zip(&after).map(|(a, b)| (0..3).map(|k| (a[k] - b[k]).powi(2)).sum::<f32>().sqrt()).collect();
    moved.sort_by(f32::total_cmp);
    assert!(moved[moved.len() / 2] < 0.1 * radius, "{moved:?} of {radius}");
    studio.picture().unwrap();
}
