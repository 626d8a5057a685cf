//! Whole frames, drawn without a window: nodes and links are where the camera says, in the colours of the theme.
//! Structure is compared, not bytes: adapters differ in their last bits.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bevy::image::Image;
use bevy::math::{UVec2, Vec2};
use bevy::prelude::World;
use scarcity_engine::Config;
use scarcity_engine::compute::DeviceKind;
use scarcity_engine::types::{Frame, HyperEdge, LinkKey, Snapshot};
use scarcity_viewer::app::{Model, Options, Panels, Start, Surface};
use scarcity_viewer::bench::{made_up, made_up_edge};
use scarcity_viewer::camera::OrbitCamera;
use scarcity_viewer::capture::Studio;
use scarcity_viewer::link::{LatestFrame, Link};
use scarcity_viewer::machine;
use scarcity_viewer::model::{Selection, Settings, ThemeChoice};
use scarcity_viewer::panels::Pane;
use scarcity_viewer::repaint::Repaint;
use scarcity_viewer::scene::curve::Curve;
use scarcity_viewer::scene::{Graph, SceneView};
use scarcity_viewer::theme::Theme;

use crate::skip_without_adapter;

const SIZE: UVec2 = UVec2::new(960, 600);

/// Software rendering takes all cores as it is: one app at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Four variables on a square: 0 → 1 positive, 1 → 2 negative, 2 ⇄ 3 both ways, and one hyperedge.
fn square() -> (Snapshot, Frame) {
    let (mut snapshot, mut frame) = made_up(4, 0);
    let link = |source, target, lag, weight| made_up_edge(LinkKey { source, target, lag }, weight);
    snapshot.edges = vec![link(0, 1, 1, 0.9), link(1, 2, 2, -0.9), link(2, 3, 1, 0.8), link(3, 2, 1, 0.8)];
    snapshot.hyperedges = vec![HyperEdge {
        sources: vec![(0, 1), (3, 1)],
        target: 2,
        gain_joint: 0.3,
        gain_parts: 0.1,
        ci_lo: 0.1,
        ci_hi: 0.3,
        stability: 0.9,
        hits: 9,
        first_window: 1,
        last_window: 9,
    }];
    frame.positions = vec![[-1.0, 0.6, 0.0], [1.0, 0.6, 0.0], [1.0, -0.6, 0.0], [-1.0, -0.6, 0.0], [-0.25, -0.1, 0.0]];
    frame.radius = 1.2;
    (snapshot, frame)
}

struct Shot {
    studio: Studio,
    image: Image,
}

impl Shot {
    fn of(theme: ThemeChoice, scene: Option<(Snapshot, Frame)>) -> Self {
        let mut studio = Studio::new(Options {
            surface: Surface::Picture(SIZE),
            start: Start::Nothing,
            settings: Settings { theme, labels: false, sleeves: false, reduced_motion: true, ..Settings::default() },
            remember: false,
            state_file: None,
            knobs: Vec::new(),
        })
        .unwrap();
        if let Some((snapshot, frame)) = scene {
            studio.model_mut().snapshot = Some(Arc::new(snapshot));
            studio.world_mut().resource_mut::<LatestFrame>().0 = Some(Arc::new(frame));
            let mut camera = studio.world_mut().resource_mut::<OrbitCamera>();
            camera.look_from(0);
            camera.user_moved = false;
        }
        let image = studio.picture().unwrap();
        Self { studio, image }
    }

    fn pixel(&self, at: Vec2) -> [i32; 3] {
        let (x, y) = (at.x.round() as u32, at.y.round() as u32);
        assert!(x < SIZE.x && y < SIZE.y, "{at} is outside the picture");
        let data = self.image.data.as_ref().unwrap();
        let start = ((y * SIZE.x + x) * 4) as usize;
        [0, 1, 2].map(|channel| i32::from(data[start + channel]))
    }

    /// The pixel within two of `at` that differs most from the background.
    fn mark(&self, at: Vec2, background: [i32; 3]) -> [i32; 3] {
        (-2..=2)
            .flat_map(|x| (-2..=2).map(move |y| Vec2::new(x as f32, y as f32)))
            .map(|offset| self.pixel(at + offset))
            .max_by_key(|pixel| difference(*pixel, background))
            .unwrap()
    }

    fn view(&self) -> (scarcity_viewer::camera::PaneView, Vec2) {
        let area = self.studio.world().resource::<SceneView>().viewport_px;
        let view = self.studio.world().resource::<OrbitCamera>().view(area.size().as_vec2());
        (view, area.min.as_vec2())
    }

    /// Where a node is in the picture.
    fn node(&self, index: usize) -> Vec2 {
        let place = self.studio.graph().places[index];
        let (view, corner) = self.view();
        view.project(place, 1.0).unwrap().at + corner
    }

    /// A place along a link.
    fn along(&self, key: LinkKey, share: f32) -> Vec2 {
        let graph = self.studio.graph();
        let index = graph.picks.iter().position(|p| *p == Selection::Edge(key)).unwrap();
        let bend = graph.edges[index].shape[1];
        let (from, to) = (self.node(key.source as usize), self.node(key.target as usize));
        Curve::new(from, to, bend).at(share)
    }
}

fn difference(a: [i32; 3], b: [i32; 3]) -> i32 {
    (0..3).map(|i| (a[i] - b[i]).abs()).sum()
}

fn rgb(color: egui::Color32) -> [i32; 3] {
    [color.r(), color.g(), color.b()].map(i32::from)
}

fn links_and_nodes_are_where_the_camera_says(choice: ThemeChoice) {
    let theme = Theme::of(choice);
    let background = rgb(theme.scene);
    let mut shot = Shot::of(choice, Some(square()));

    for node in 0..4 {
        let at = shot.node(node);
        let seen = shot.mark(at, background);
        assert!(difference(seen, background) > 150, "{choice:?}: node {node} at {at} is {seen:?}");
    }
    let junction = shot.node(4);
    let seen = shot.mark(junction, background);
    assert!(difference(seen, rgb(theme.hyper)) < 160, "{choice:?}: junction at {junction} is {seen:?}");

    let positive = shot.along(LinkKey { source: 0, target: 1, lag: 1 }, 0.5);
    let seen = shot.mark(positive, background);
    assert!(difference(seen, rgb(theme.positive)) < 110, "{choice:?}: positive link at {positive} is {seen:?}");

    // Dashed: somewhere along it there is colour, and somewhere there is none.
    let places: Vec<Vec2> =
        (30..=60).map(|i| shot.along(LinkKey { source: 1, target: 2, lag: 2 }, i as f32 / 100.0)).collect();
    let samples: Vec<[i32; 3]> = places.into_iter().map(|at| shot.pixel(at)).collect();
    let near = |color: [i32; 3]| samples.iter().map(|s| difference(*s, color)).min().unwrap();
    assert!(near(rgb(theme.negative)) < 110, "{choice:?}: no dash in {samples:?}");
    assert!(near(background) < 30, "{choice:?}: no gap in {samples:?}");

    // Both directions of a pair are drawn apart, with background between them.
    let there = shot.along(LinkKey { source: 2, target: 3, lag: 1 }, 0.5);
    let back = shot.along(LinkKey { source: 3, target: 2, lag: 1 }, 0.5);
    assert!(there.distance(back) > 12.0, "{there} {back}");
    for at in [there, back] {
        let seen = shot.mark(at, background);
        assert!(difference(seen, background) > 120, "{choice:?}: no link at {at}: {seen:?}");
    }

    // What is drawn can be picked, on the graphics card.
    let corner = shot.view().1;
    let node = shot.node(1) - corner;
    assert_eq!(shot.studio.under(node), Selection::Node(1));
    let key = LinkKey { source: 3, target: 2, lag: 1 };
    assert_eq!(shot.studio.under(back - corner), Selection::Edge(key));
    assert_eq!(shot.studio.under(junction - corner), Selection::Hyper(0));
    assert_eq!(shot.studio.under(Vec2::new(3.0, 3.0)), Selection::None);
}

#[test]
fn dark_frame_shows_nodes_and_links() {
    if skip_without_adapter("dark_frame_shows_nodes_and_links") {
        return;
    }
    let _alone = alone();
    links_and_nodes_are_where_the_camera_says(ThemeChoice::Dark);
}

#[test]
fn light_frame_shows_nodes_and_links() {
    if skip_without_adapter("light_frame_shows_nodes_and_links") {
        return;
    }
    let _alone = alone();
    links_and_nodes_are_where_the_camera_says(ThemeChoice::Light);
}

#[test]
fn empty_graphs_draw_an_empty_pane() {
    if skip_without_adapter("empty_graphs_draw_an_empty_pane") {
        return;
    }
    let _alone = alone();
    let background = rgb(Theme::of(ThemeChoice::Dark).scene);
    // No data at all, variables without links, and a snapshot the layout has not heard of yet.
    let (lonely, frame) = made_up(3, 0);
    let unplaced = (lonely.clone(), Frame::default());
    for scene in [None, Some((lonely, frame)), Some(unplaced)] {
        let shot = Shot::of(ThemeChoice::Dark, scene);
        let area = shot.studio.world().resource::<SceneView>().viewport_px;
        assert!(area.width() > 100 && area.height() > 100, "{area:?}");
        // Between the middle and the right edge, clear of floating cards in the corners.
        let at = area.min.as_vec2() + area.size().as_vec2() * Vec2::new(0.985, 0.5);
        assert!(difference(shot.pixel(at), background) < 12, "{:?} at {at}", shot.pixel(at));
    }
}

#[test]
fn adapter_check_agrees_with_the_frames() {
    // Runs everywhere: where there is no driver, the sentence must say what to install.
    if let Err(error) = machine::check_adapter() {
        let text = error.to_string();
        assert!(text.contains("Vulkan") && text.contains("install"), "{text}");
    }
}

#[test]
fn the_layouts_own_buffer_is_drawn_on_any_device() {
    if skip_without_adapter("the_layouts_own_buffer_is_drawn_on_any_device") {
        return;
    }
    let _alone = alone();
    let background = rgb(Theme::of(ThemeChoice::Dark).scene);
    for device in [DeviceKind::Cpu, DeviceKind::Wgpu] {
        let mut shot = Shot::of(ThemeChoice::Dark, None);
        // It would cover the nodes.
        shot.studio.world_mut().resource_mut::<Panels>().0.hide_welcome();
        let mut config = Config::default();
        config.compute.device = device;
        shot.studio.world_mut().resource_mut::<Link>().set_config(config);
        shot.studio.world_mut().resource_scope(|world, mut link: bevy::prelude::Mut<'_, Link>| {
            link.start_demo(&mut world.resource_mut::<Model>().0);
        });
        let there = |world: &World| {
            let graph = world.resource::<Graph>();
            graph.drawn.is_some() && world.resource::<Model>().0.snapshot.as_ref().is_some_and(|s| s.window >= 8)
        };
        shot.studio.until(Duration::from_secs(120), "discovery", there).unwrap();
        shot.studio.world().resource::<Link>().cancel();
        let rests = |world: &World| world.resource::<Model>().0.layout_settled;
        shot.studio.until(Duration::from_secs(240), "the layout", rests).unwrap();
        shot.image = shot.studio.picture().unwrap();
        let drawn = shot.studio.graph().drawn.clone().unwrap();
        let variables = shot.studio.graph().names.as_ref().unwrap().len();
        assert_eq!(drawn.slots[..variables], *(0..variables as u32).collect::<Vec<_>>(), "{device:?}");
        let corner = shot.view().1;
        for node in 0..variables {
            let at = shot.node(node);
            let seen = shot.mark(at, background);
            assert!(difference(seen, background) > 150, "{device:?}: node {node} at {at} is {seen:?}");
            let under = shot.studio.under(at - corner);
            assert!(matches!(under, Selection::Node(_) | Selection::Hyper(_)), "{device:?}: {under:?} at node {node}");
        }
    }
}

#[test]
fn what_is_kept_from_frame_to_frame_is_what_would_be_painted() {
    if skip_without_adapter("what_is_kept_from_frame_to_frame_is_what_would_be_painted") {
        return;
    }
    let _alone = alone();
    let mut shot = Shot::of(ThemeChoice::Dark, Some(square()));
    let link = LinkKey { source: 0, target: 1, lag: 1 };
    let selected = [Selection::Node(2), Selection::Edge(link), Selection::None];
    for (step, pane) in [Pane::Table, Pane::Events, Pane::Knobs, Pane::WhatIf, Pane::Timeline].into_iter().enumerate() {
        shot.studio.world_mut().resource_mut::<Repaint>().set_on(true);
        shot.studio.model_mut().settings.theme = [ThemeChoice::Dark, ThemeChoice::Light][step / 2 % 2];
        (0..2).for_each(|_| shot.studio.frame());
        // Everything from here on is painted over what stands there.
        shot.studio.world_mut().resource_mut::<Panels>().0.show(pane);
        shot.studio.model_mut().selection = selected[step % selected.len()];
        shot.studio.world_mut().resource_mut::<OrbitCamera>().drift(9.0);
        let in_parts = shot.studio.picture().unwrap();
        shot.studio.world_mut().resource_mut::<Repaint>().set_on(false);
        let whole = shot.studio.picture().unwrap();
        let (parts, whole) = (in_parts.data.unwrap(), whole.data.unwrap());
        let differ = parts.chunks(4).zip(whole.chunks(4)).enumerate().filter(|(_, (a, b))| a != b);
        let places: Vec<(usize, usize)> = differ.map(|(at, _)| (at % SIZE.x as usize, at / SIZE.x as usize)).collect();
        assert!(places.is_empty(), "{pane:?}: {} pixels differ, from {:?}", places.len(), places.first());
    }
}
