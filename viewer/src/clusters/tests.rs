//! In: graphs seen from near and far. Out: whether discs stand for what is too small, and only for that.

use bevy::math::Vec2;

use super::*;
use crate::bench::made_up;
use crate::camera::{OrbitCamera, Room};

fn crowd(count: u32) -> (Graph, ViewModel) {
    let (snapshot, frame) = made_up(count, 3 * count);
    let places = frame.positions.iter().map(|[x, y, z]| [*x, *y, *z, 0.004]).collect();
    let model = ViewModel { snapshot: Some(Arc::new(snapshot)), ..ViewModel::default() };
    (Graph::of(places, Vec::new(), Vec::new()), model)
}

fn seen(clusters: &mut Clusters, graph: &Graph, model: &ViewModel, distance: f32) -> Vec<Disc> {
    let mut camera = OrbitCamera::default();
    camera.frame(&graph.places, Room::whole(1.6));
    camera.zoom(distance, Vec2::ZERO, 1.6);
    camera.step(0.0);
    clusters.discs(graph, &camera.view(Vec2::new(960.0, 600.0)), model, 1.0)
}

#[test]
fn a_crowd_becomes_fewer_discs_and_comes_apart_nearer() {
    let (graph, model) = crowd(4_000);
    let clusters = &mut Clusters::default();
    let far = seen(clusters, &graph, &model, 1.0);
    let held: usize = far.iter().map(|disc| disc.count).sum();
    assert!(!far.is_empty() && far.len() < 1_000 && held > 3_000, "{} discs hold {held}", far.len());
    let hidden = (0..4_000).filter(|variable| clusters.hides(*variable)).count();
    assert_eq!(hidden, held, "a disc takes the place of its members");
    assert!(seen(clusters, &graph, &model, 4.0).len() < far.len(), "farther away there are fewer");
    assert!(seen(clusters, &graph, &model, 0.01).is_empty(), "what can be told apart is no group");
    assert!((0..4_000).all(|variable| !clusters.hides(variable)));
}

#[test]
fn what_the_user_is_on_is_never_hidden() {
    let (graph, mut model) = crowd(4_000);
    let clusters = &mut Clusters::default();
    let disc = seen(clusters, &graph, &model, 1.0)[0];
    let members: Vec<u32> = clusters.members(disc.group).collect();
    assert_eq!(members.len(), disc.count);
    model.selection = Selection::Node(members[0]);
    model.chosen.insert(members[1]);
    seen(clusters, &graph, &model, 1.0);
    assert!(!clusters.hides(members[0]) && !clusters.hides(members[1]));
}

#[test]
fn a_few_variables_are_never_grouped_and_a_hand_can_switch_it_off() {
    let (graph, model) = crowd(100);
    assert!(seen(&mut Clusters::default(), &graph, &model, 9.0).is_empty());
    let (graph, mut model) = crowd(4_000);
    model.lod.clusters = false;
    assert!(seen(&mut Clusters::default(), &graph, &model, 1.0).is_empty());
}
