//! In: seconds. Out: what moves by itself in the view model: the past being played, a response spreading.

use bevy::ecs::prelude::*;
use bevy::prelude::{App, Plugin, Update};
use bevy::time::{Real, Time};

use crate::app::{Model, ViewerSystems};
use crate::model::ViewModel;

/// Rows per second at which a response spreads through the graph.
const ROWS_PER_S: f32 = 3.0;

/// Moves what moves by itself.
#[derive(Debug, Default)]
pub struct ClockPlugin;

impl Plugin for ClockPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Playhead>().add_systems(Update, tick.in_set(ViewerSystems::Update));
    }
}

/// Part of a window that has been played.
#[derive(Debug, Default, Resource)]
struct Playhead(f32);

fn tick(mut model: ResMut<Model>, mut playhead: ResMut<Playhead>, time: Res<Time<Real>>) {
    let seconds = time.delta_secs().min(0.25);
    let model = &mut model.0;
    play(model, &mut playhead.0, seconds);
    spread(model, seconds);
}

/// Plays the recording from the window shown on; at its end the view is live again.
fn play(model: &mut ViewModel, part: &mut f32, seconds: f32) {
    if !model.time.playing {
        *part = 0.0;
        return;
    }
    *part += seconds * model.time.windows_per_s;
    let steps = part.floor();
    *part -= steps;
    if steps < 1.0 {
        return;
    }
    let here = model.time.at.or_else(|| model.recording.iter().next().map(|snapshot| snapshot.window));
    let next = here.and_then(|window| model.recording.step(window, steps as i64));
    let last = model.recording.iter().next_back().map(|snapshot| snapshot.window);
    model.time.at = next.filter(|window| Some(*window) != last);
    model.time.playing = model.time.at.is_some();
}

fn spread(model: &mut ViewModel, seconds: f32) {
    let Some(Ok(answer)) = &model.what_if.answer else { return };
    if model.what_if.playing {
        // A moment at the end before it starts again.
        let end = answer.question.horizon as f32 + 2.0;
        model.what_if.row = (model.what_if.row + seconds * ROWS_PER_S) % end;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::bench::made_up;

    #[test]
    fn playing_goes_through_the_recording_and_ends_live() {
        let mut model = ViewModel::default();
        for window in 0..10 {
            let (mut snapshot, _) = made_up(3, 2);
            snapshot.window = window;
            model.recording.push(Arc::new(snapshot));
        }
        model.time.playing = true;
        model.time.windows_per_s = 4.0;
        let (mut part, mut seen) = (0.0, Vec::new());
        for _ in 0..40 {
            play(&mut model, &mut part, 0.1);
            if seen.last() != Some(&model.time.at) {
                seen.push(model.time.at);
            }
        }
        assert_eq!(seen.first(), Some(&None));
        assert_eq!(seen[1..9].to_vec(), (1..9).map(Some).collect::<Vec<_>>());
        assert_eq!((model.time.at, model.time.playing), (None, false));
    }
}
