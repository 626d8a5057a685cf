//! In: what is selected or asked, and the newest rows. Out: explanations and answers in the view model, worked out off the
//! drawing thread, one at a time.

use std::sync::{Arc, RwLock};
use std::thread;
use std::time::Instant;

use bevy::ecs::prelude::*;
use bevy::prelude::{App, Plugin, Update};
use crossbeam_channel::{Receiver, TryRecvError, bounded};
use scarcity_engine::types::{LinkKey, Snapshot};
use scarcity_engine::whatif::{
    self, Answer, LinkExplanation, Question, Rows, Term, VariableSeries, explain_link, variable_series,
};

use crate::app::{Model, ViewerSystems};
use crate::link::Link;
use crate::model::{Selection, ViewModel, WhatIfQuestion};

/// Refits behind an answer's intervals.
const REPLICATES: u32 = 200;
/// Seconds before something still selected is looked at again.
const REFRESH_S: f32 = 3.0;

/// Explains what is selected and answers what is asked.
#[derive(Debug, Default)]
pub struct AnalysisPlugin;

impl Plugin for AnalysisPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Analyst>()
            .add_systems(Update, analyse.after(ViewerSystems::Update).before(ViewerSystems::Draw));
    }
}

enum Finding {
    Link(Option<Box<LinkExplanation>>),
    Variable(VariableSeries),
    Answer(WhatIfQuestion, Box<Result<Answer, String>>),
}

/// What is being worked out.
#[derive(Resource, Default)]
pub struct Analyst {
    busy: Option<Receiver<Finding>>,
    /// What was last looked at, at which window, and when.
    seen: Option<(Selection, u64, Instant)>,
}

impl Analyst {
    /// Whether something is being worked out.
    pub fn is_busy(&self) -> bool {
        self.busy.is_some()
    }

    fn start(&mut self, work: impl FnOnce() -> Finding + Send + 'static) {
        let (send, receive) = bounded(1);
        let spawned = thread::Builder::new().name("analysis".into()).spawn(move || {
            // Only fails when the window has closed meanwhile.
            let _ = send.send(work());
        });
        match spawned {
            Ok(_) => self.busy = Some(receive),
            Err(error) => tracing::warn!("cannot start a thread: {error}"),
        }
    }
}

fn analyse(mut analyst: ResMut<Analyst>, mut model: ResMut<Model>, link: Res<Link>) {
    let model = &mut model.0;
    if let Some(busy) = &analyst.busy {
        match busy.try_recv() {
            Ok(finding) => take(model, finding),
            Err(TryRecvError::Empty) => return,
            Err(TryRecvError::Disconnected) => {}
        }
        analyst.busy = None;
    }
    let (Some(snapshot), Some(rows)) = (model.snapshot.clone(), link.rows()) else { return };
    if let (Some(question), None) = (model.what_if.question, &model.what_if.answer) {
        analyst.start(move || Finding::Answer(question, Box::new(answer(&rows, &snapshot, question))));
        return;
    }
    let known = analyst.seen.as_ref().is_some_and(|(selection, window, at)| {
        *selection == model.selection && (*window == snapshot.window || at.elapsed().as_secs_f32() < REFRESH_S)
    });
    if known {
        return;
    }
    match model.selection {
        Selection::Edge(key) => {
            analyst.seen = Some((model.selection, snapshot.window, Instant::now()));
            analyst.start(move || Finding::Link(explain(&rows, &snapshot, key).map(Box::new)));
        }
        Selection::Node(variable) => {
            analyst.seen = Some((model.selection, snapshot.window, Instant::now()));
            analyst.start(move || Finding::Variable(series(&rows, &snapshot, variable)));
        }
        Selection::None | Selection::Hyper(_) => {}
    }
}

fn take(model: &mut ViewModel, finding: Finding) {
    match finding {
        Finding::Link(explanation) => model.explanation = explanation.map(|seen| Arc::new(*seen)),
        Finding::Variable(series) => model.series = Some(Arc::new(series)),
        // An answer to a question that has been changed meanwhile is of no use.
        Finding::Answer(question, answer) if model.what_if.question == Some(question) => {
            model.what_if.answer = Some(answer.map(Arc::new));
        }
        Finding::Answer(..) => {}
    }
}

fn answer(rows: &RwLock<Rows>, snapshot: &Snapshot, question: WhatIfQuestion) -> Result<Answer, String> {
    let rows = rows.read().map_err(|_| "the rows cannot be read".to_owned())?;
    let question = Question {
        variable: question.variable,
        change: question.change,
        hold: question.hold,
        horizon: question.horizon,
        replicates: REPLICATES,
        seed: 0,
    };
    whatif::ask(&rows, snapshot, question).map_err(|refusal| refusal.to_string())
}

/// First row of the regime in force for a variable.
fn start_row(snapshot: &Snapshot, variable: u32) -> u64 {
    snapshot.nodes.get(variable as usize).map_or(0, |node| node.regime_start_row)
}

fn explain(rows: &RwLock<Rows>, snapshot: &Snapshot, key: LinkKey) -> Option<LinkExplanation> {
    let causes: Vec<Term> = snapshot
        .edges
        .iter()
        .filter(|edge| edge.link.key.target == key.target && (edge.link.key.lag > 0 || edge.link.directed))
        .map(|edge| Term { var: edge.link.key.source, lag: edge.link.key.lag })
        .collect();
    let rows = rows.read().ok()?;
    explain_link(&rows, key, &causes, snapshot.max_lag, start_row(snapshot, key.target))
}

fn series(rows: &RwLock<Rows>, snapshot: &Snapshot, variable: u32) -> VariableSeries {
    let empty = VariableSeries { var: variable, values: Vec::new(), autocorrelation: Vec::new(), chance: 1.0 };
    rows.read().map_or(empty, |rows| variable_series(&rows, variable, snapshot.max_lag, start_row(snapshot, variable)))
}
