//! In: the scene on the graphics card, the eye and the pointer. Out: lists of what is drawn, made there; and what the card has
//! found for the panes.

use bevy::ecs::prelude::*;
use bevy::render::render_resource::PipelineCache;
use bevy::render::renderer::{RenderDevice, RenderQueue};

use super::canvas::Draws;
use super::gpu::Scene;
use super::probe::Probe;
use super::regroup::Regroup;
use crate::link::{Cull, Eye, Picked, Places};
use crate::model::Selection;

/// Vertices per link of each kind ([`super::lines::KIND_SHIFT`]): one strip, or four or twelve and a head, two triangles each.
pub(super) const STRIP_VERTICES: [u32; 3] = [6, 5 * 6, 13 * 6];
/// Nodes with a smaller radius, in pixels, are points.
pub(super) const FULL_PX: f32 = 3.0;

/// What is drawn depends on this, and on nothing else.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Surveyed {
    eye: Eye,
    cull: Cull,
    positions: wgpu::Buffer,
    positions_frame: u64,
    grouped: u64,
    style_revision: u64,
}

/// Decides on the graphics card what is drawn, unless the processor has, and hands over what it has found for the panes.
pub(super) fn survey(
    mut scene: ResMut<Scene>,
    probe: Res<Probe>,
    (device, queue): (Res<RenderDevice>, Res<RenderQueue>),
    cache: Res<PipelineCache>,
) {
    let Scene {
        view,
        buffers,
        lent,
        order,
        picks,
        variables,
        extra_lines,
        surveyor,
        surveyed,
        draws,
        style_revision,
        places_revision,
        member,
        groups,
        grouped,
        regroup,
        own,
        ..
    } = &mut *scene;
    let (Some(buffers), Some(surveyor), Some(style_revision), Some(eye)) =
        (buffers, surveyor, *style_revision, view.eye)
    else {
        *draws = None;
        *surveyed = None;
        return;
    };
    let found = surveyor.findings();
    if let Some(under) = found.under {
        let what = under.and_then(|under| match under {
            Picked::Node(slot) => order.get(slot as usize).map(|node| match node.checked_sub(*variables) {
                Some(junction) => Selection::Hyper(junction),
                None => Selection::Node(*node),
            }),
            Picked::Edge(edge) => picks.get(edge as usize).copied(),
        });
        probe.answer(what.unwrap_or(Selection::None));
    }
    if let Some(labels) = found.labels {
        let named = labels.into_iter().filter_map(|(slot, place)| Some((*order.get(slot as usize)?, place)));
        probe.name(named.filter(|(node, _)| *node != Places::NONE).collect());
    }
    let (positions, positions_frame) = match lent {
        Some((buffer, frame)) => (buffer.clone(), *frame),
        None => ((*buffers.places).clone(), places_revision.unwrap_or(0)),
    };
    let positions = if member.is_empty() {
        positions
    } else {
        let regroup = regroup.get_or_insert_with(|| Regroup::new(device.wgpu_device()));
        let revisions = (positions_frame, *grouped);
        regroup.places((device.wgpu_device(), &queue), &positions, member, groups, revisions)
    };
    let cull = Cull {
        full_px: FULL_PX,
        least_px: 0.0,
        edge_budget: view.max_edges.saturating_add(*extra_lines),
        node_vertices: 6,
        edge_vertices: STRIP_VERTICES,
    };
    let wanted =
        Surveyed { eye, cull, positions: positions.clone(), positions_frame, grouped: *grouped, style_revision };
    if surveyed.as_ref().is_none_or(|(known, _)| *known != wanted) && own.is_none() {
        match surveyor.cull(&positions, &eye, &cull) {
            Ok(lists) => *surveyed = Some((wanted, lists)),
            Err(error) => tracing::warn!("what is seen cannot be found out: {error}"),
        }
    }
    let lists = match own {
        Some(own) => own.get(),
        None => surveyed.as_ref().map(|(_, lists)| lists),
    };
    *draws = lists.map(|lists| Draws::new(&device, &cache, buffers, &positions, lists));
    let (pointer, slack_px) = probe.question();
    let seen = if own.is_some() { surveyor.look(&eye) } else { Ok(()) };
    let asked = seen.and_then(|()| surveyor.ask(&positions, pointer, slack_px, true));
    if let Err(error) = asked {
        tracing::warn!("what is under the pointer cannot be found out: {error}");
    }
}
