//! In: drags and wishes. Out: whether the eye goes where it should.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use super::*;

const PANE: Vec2 = Vec2::new(640.0, 400.0);

#[test]
fn framed_places_are_inside_the_pane() {
    let places: Vec<[f32; 4]> =
        (0..40).map(|i| [(i as f32).sin() * 30.0, i as f32 - 20.0, (i as f32 * 0.7).cos() * 9.0, 0.5]).collect();
    let aspect = PANE.x / PANE.y;
    let beside_a_card = Room { aspect, middle: Vec2::new(-0.25, 0.1), share: Vec2::new(0.75, 0.9) };
    for room in [Room::whole(aspect), beside_a_card] {
        let mut camera = OrbitCamera::default();
        camera.frame(&places, room);
        camera.step(0.0);
        let view = camera.view(PANE);
        let corner = (room.middle * Vec2::new(1.0, -1.0) - room.share + 1.0) * 0.5 * PANE;
        let end = corner + room.share * PANE;
        for place in &places {
            let seen = view.project(*place, 1.0).unwrap();
            assert!((seen.at - seen.radius).cmpge(corner).all(), "{room:?}: {seen:?}");
            assert!((seen.at + seen.radius).cmple(end).all(), "{room:?}: {seen:?}");
        }
    }
}

#[test]
fn motion_does_not_depend_on_the_frame_rate() {
    let wish = |steps: u32| {
        let mut camera = OrbitCamera::default();
        camera.orbit(Vec2::new(100.0, 20.0));
        camera.zoom(0.5, Vec2::ZERO, 1.6);
        (0..steps).for_each(|_| camera.step(0.2 / steps as f32));
        camera.pose()
    };
    let (coarse, fine) = (wish(2), wish(50));
    assert!((coarse.yaw - fine.yaw).abs() < 1e-3, "{coarse:?} {fine:?}");
    assert!((coarse.distance - fine.distance).abs() < 1e-3, "{coarse:?} {fine:?}");
}

#[test]
fn zoom_holds_what_is_under_the_pointer() {
    let mut camera = OrbitCamera::default();
    camera.step(0.0);
    // A point of the plane through the target, seen right of and above the middle.
    let pose = camera.pose();
    let point = pose.target + pose.right() * 1.2 + pose.up() * 0.7;
    let place = [point.x, point.y, point.z, 0.0];
    let before = camera.view(PANE).project(place, 1.0).unwrap().at;
    let at = Vec2::new(before.x / PANE.x * 2.0 - 1.0, 1.0 - before.y / PANE.y * 2.0);
    camera.zoom(0.4, at, PANE.x / PANE.y);
    camera.step(0.0);
    let after = camera.view(PANE).project(place, 1.0).unwrap().at;
    assert!((before - after).length() < 0.5, "{before} {after}");
}

#[test]
fn a_flat_drawing_keeps_its_front_and_shows_everything() {
    let places: Vec<[f32; 4]> =
        (0..40).map(|i| [(i as f32).sin() * 9.0, i as f32 - 20.0, (i as f32 * 0.7).cos() * 30.0, 0.5]).collect();
    let mut camera = OrbitCamera::default();
    camera.set_flat(true);
    camera.look_from(2);
    camera.drift(3.0);
    camera.frame(&places, Room::whole(PANE.x / PANE.y));
    camera.step(0.0);
    assert_eq!((camera.pose().yaw, camera.pose().pitch), (0.0, 0.0));
    let view = camera.view(PANE);
    let seen: Vec<Projected> = places.iter().map(|place| view.project(*place, 1.0).unwrap()).collect();
    assert!(seen.iter().all(|seen| seen.at.cmpge(Vec2::ZERO).all() && seen.at.cmple(PANE).all()), "{seen:?}");
    // As large at the back as at the front.
    let (least, most) = seen.iter().fold((f32::MAX, 0.0f32), |(a, b), s| (a.min(s.radius), b.max(s.radius)));
    assert!(most / least < 1.01, "{least} … {most}");
}

#[test]
fn orbit_never_turns_over_the_top() {
    let mut camera = OrbitCamera::default();
    camera.orbit(Vec2::new(0.0, 1e6));
    camera.step(0.0);
    assert!(camera.pose().up().y > 0.0);
}
