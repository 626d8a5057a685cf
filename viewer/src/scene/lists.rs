//! In: the graph's flat arrays and the eye. Out: what is drawn, decided by the processor: for renderers that run there as
//! well, where kernels would take as long as the drawing.

use bevy::math::{Mat4, Vec4};
use wgpu::{Buffer, BufferDescriptor, BufferUsages, Device, Queue};

use super::graph::Graph;
use super::lines::KIND_SHIFT;
use super::nodes::HIDDEN;
use super::survey::{FULL_PX, STRIP_VERTICES};
use crate::clusters::Clusters;
use crate::link::{DrawLists, Eye, Places};

/// Words of the arguments of a draw: vertices, instances, 0, 0, place of the first in the list.
const DRAW_WORDS: usize = 5;

/// Numbers of what is drawn, kind by kind, and the arguments of their draws; as `cull_nodes.wgsl`, `cull_edges.wgsl` and
/// `indirect.wgsl` make them.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Drawn {
    pub list: Vec<u32>,
    pub draws: Vec<u32>,
}

impl Drawn {
    fn of(kinds: [Vec<u32>; 3], vertices: [u32; 3]) -> Self {
        let mut drawn = Self::default();
        for (kind, vertices) in kinds.into_iter().zip(vertices) {
            let first = drawn.list.len() as u32;
            drawn.draws.extend([vertices, kind.len() as u32, 0, 0, first]);
            drawn.list.extend(kind);
        }
        drawn
    }

    /// Nodes in full, then as discs: those in the picture that no group stands for.
    pub fn nodes(graph: &Graph, clusters: &Clusters, eye: &Eye) -> Self {
        let slots = graph.drawn.as_ref().map(|places| &*places.slots);
        let clip_from_world = Mat4::from_cols_array_2d(&eye.clip_from_world);
        let [width, height] = eye.viewport_px;
        let mut kinds = [const { Vec::new() }; 3];
        for (node, (place, style)) in (0..).zip(graph.places.iter().zip(&graph.nodes)) {
            let slot = slots.map_or(node, |slots| slots.get(node as usize).copied().unwrap_or(Places::NONE));
            if place[3] < 0.0 || style.state[0] >= HIDDEN || slot == Places::NONE || clusters.hides(node) {
                continue;
            }
            let clip = clip_from_world * Vec4::new(place[0], place[1], place[2], 1.0);
            if clip.w <= 1e-6 {
                continue;
            }
            let radius = (style.state[3] * eye.pixels_per_unit / clip.w).max(eye.least_radius_px);
            let (x, y) = ((0.5 + 0.5 * clip.x / clip.w) * width, (0.5 - 0.5 * clip.y / clip.w) * height);
            if x + radius < 0.0 || y + radius < 0.0 || x - radius > width || y - radius > height {
                continue;
            }
            kinds[usize::from(radius < FULL_PX)].push(slot);
        }
        Self::of(kinds, [6, 6, 0])
    }

    /// The most important links by kind, as many as may be drawn. Those beside the picture cost next to nothing.
    pub fn edges(graph: &Graph, budget: u32) -> Self {
        let slots = graph.drawn.as_ref().map(|places| &*places.slots);
        let known = |node: u32| match slots {
            Some(slots) => slots.get(node as usize).is_some_and(|slot| *slot != Places::NONE),
            None => (node as usize) < graph.places.len(),
        };
        let mut kinds = [const { Vec::new() }; 3];
        let first = graph.edges.len().saturating_sub(budget as usize);
        for (number, edge) in (first as u32..).zip(&graph.edges[first..]) {
            if let (true, Some(kind)) =
                (known(edge.ends[0]) && known(edge.ends[1]), kinds.get_mut((edge.ends[2] >> KIND_SHIFT) as usize))
            {
                kind.push(number);
            }
        }
        Self::of(kinds, STRIP_VERTICES)
    }

    fn write(&self, device: &Device, queue: &Queue, [list, draws]: [Option<Buffer>; 2]) -> [Buffer; 2] {
        let room = |buffer: Option<Buffer>, words: usize, usage| {
            let bytes = (4 * words.max(DRAW_WORDS)) as u64;
            buffer.filter(|buffer| buffer.size() >= bytes).unwrap_or_else(|| {
                device.create_buffer(&BufferDescriptor {
                    label: Some("scene_list"),
                    // Half as much again, so that a growing graph does not mean a new one each frame.
                    size: (bytes + bytes / 2).next_multiple_of(4),
                    usage: usage | BufferUsages::STORAGE | BufferUsages::COPY_DST,
                    mapped_at_creation: false,
                })
            })
        };
        let list = room(list, self.list.len(), BufferUsages::empty());
        let draws = room(draws, self.draws.len(), BufferUsages::INDIRECT);
        queue.write_buffer(&list, 0, bytemuck::cast_slice(&self.list));
        queue.write_buffer(&draws, 0, bytemuck::cast_slice(&self.draws));
        [list, draws]
    }
}

/// The lists on the renderer's device.
#[derive(Default)]
pub(super) struct OwnLists {
    nodes: Drawn,
    edges: Drawn,
    edges_for: Option<(u64, u64, u32)>,
    lists: Option<DrawLists>,
}

impl OwnLists {
    /// Brings them up to date; `budget` = links drawn at most.
    pub fn update(
        &mut self,
        (graph, clusters): (&Graph, &Clusters),
        (eye, budget): (&Eye, u32),
        (device, queue): (&Device, &Queue),
    ) {
        let nodes = Drawn::nodes(graph, clusters, eye);
        let edges_for = Some((graph.style_revision, graph.drawn.as_ref().map_or(0, |_| 1), budget));
        let fresh = self.edges_for != edges_for || self.edges.list.is_empty();
        let edges = if fresh { Drawn::edges(graph, budget) } else { std::mem::take(&mut self.edges) };
        let old = self.lists.take();
        let [old_nodes, old_edges] = match old {
            Some(old) => [[Some(old.nodes), Some(old.node_draws)], [Some(old.edges), Some(old.edge_draws)]],
            None => [const { [None, None] }; 2],
        };
        let [node_list, node_draws] = nodes.write(device, queue, old_nodes);
        let [edge_list, edge_draws] = match old_edges {
            [Some(list), Some(draws)] if !fresh => [list, draws],
            old => edges.write(device, queue, old),
        };
        self.lists = Some(DrawLists { nodes: node_list, node_draws, edges: edge_list, edge_draws });
        (self.nodes, self.edges, self.edges_for) = (nodes, edges, edges_for);
    }

    /// The lists, once there are any.
    pub fn get(&self) -> Option<&DrawLists> {
        self.lists.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene::graph::{EdgeStyle, NodeStyle};

    const EYE: Eye = Eye {
        clip_from_world: [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 0.1, 0.0]],
        viewport_px: [200.0, 100.0],
        pixels_per_unit: 100.0,
        least_radius_px: 1.0,
        pixels_per_width: 1.0,
    };

    fn node(place: [f32; 3], radius: f32) -> ([f32; 4], NodeStyle) {
        let style = NodeStyle { state: [0.0, 0.0, 0.0, radius], ..NodeStyle::default() };
        ([place[0], place[1], place[2], radius], style)
    }

    #[test]
    fn nodes_in_the_picture_are_drawn_in_full_or_as_discs() {
        let all = [
            node([0.0, 0.0, 1.0], 0.1),
            node([0.0, 0.0, 10.0], 0.1),
            node([3.0, 0.0, 1.0], 0.1),
            node([0.0, 0.0, -1.0], 0.1),
            node([0.5, 0.5, 1.0], 0.2),
        ];
        let (places, nodes) = all.into_iter().unzip();
        let graph = Graph::of(places, nodes, Vec::new());
        let drawn = Drawn::nodes(&graph, &Clusters::default(), &EYE);
        assert_eq!(drawn.list, [0, 4, 1], "one is beside the picture, one behind the eye, one small");
        assert_eq!(drawn.draws[..10], [6, 2, 0, 0, 0, 6, 1, 0, 0, 2]);
    }

    #[test]
    fn the_most_important_links_are_drawn_kind_by_kind() {
        let (places, nodes) = [node([0.0; 3], 0.1), node([1.0; 3], 0.1)].into_iter().unzip();
        let edge = |kind: u32, to| EdgeStyle { ends: [0, to, kind << KIND_SHIFT, 0], ..EdgeStyle::default() };
        let edges = vec![edge(0, 1), edge(2, 1), edge(0, 1), edge(1, 1), edge(0, 7)];
        let graph = Graph::of(places, nodes, edges);
        let drawn = Drawn::edges(&graph, 4);
        assert_eq!(drawn.list, [2, 3, 1], "the first is one too many, the last has no place");
        assert_eq!(drawn.draws, [6, 1, 0, 0, 0, 30, 1, 0, 0, 1, 78, 1, 0, 0, 2]);
    }
}
