// In: edges, an eye and a place in the picture. Out: the edge of each workgroup that passes nearest to the place, of equal
// ones the last, as what comes behind every node: scores above theirs, numbers counted down from the largest. The steps are
// those of pick_edges.wgsl.

struct Params {
    u32 count;
    float x;
    float y;
    // Pixels beside it that still belong to an edge.
    float slack;
    // Where its part of the workgroups begins.
    u32 first;
};

// More than any slack of a node.
#define BEHIND 1024.0f

__device__ inline float mix(float a, float b, float t) { return a + (b - a) * t; }

extern "C" __global__ void __launch_bounds__(256) pick_edges(
    Params p,
    const float4* __restrict__ eye,    // columns of the matrix from the world to the clip space; width and height in
                                       // pixels, pixels per unit where w is 1, least radius in pixels; pixels per unit
                                       // of an edge's width
    const float4* __restrict__ nodes,  // [nodes]: x, y, z, mass
    const uint4* __restrict__ ends,    // [count]: both ends; marks: 1 hidden, 2 and 4 kind; two halves: bend as a share of
                                       // its length, half its width
    uint2* __restrict__ parts          // [first + workgroups]
) {
    u32 edge = blockIdx.x * 256u + threadIdx.x;
    uint2 own = make_uint2(0xffffffffu, 0xffffffffu);
    if (edge < p.count && (ends[edge].z & 1u) == 0u) {
        float4 a = seen(eye, nodes[ends[edge].x]);
        float4 b = seen(eye, nodes[ends[edge].y]);
        if (a.w > 0.0f && b.w > 0.0f) {
            float2 curve = widen(ends[edge].w);
            float chord_x = b.x - a.x, chord_y = b.y - a.y;
            float middle_x = (a.x + b.x) * 0.5f + chord_y * curve.x;
            float middle_y = (a.y + b.y) * 0.5f - chord_x * curve.x;
            // As many as it is drawn in.
            u32 pieces = curve.x == 0.0f ? 1u : 12u;
            float square = 3e38f, here_x = a.x, here_y = a.y;
            for (u32 piece = 1u; piece <= pieces; piece++) {
                float t = (float)piece / (float)pieces;
                float from_x = mix(a.x, middle_x, t), from_y = mix(a.y, middle_y, t);
                float next_x = mix(from_x, mix(middle_x, b.x, t), t), next_y = mix(from_y, mix(middle_y, b.y, t), t);
                float along_x = next_x - here_x, along_y = next_y - here_y;
                float to_x = p.x - here_x, to_y = p.y - here_y;
                float length = fmaxf(along_x * along_x + along_y * along_y, 1e-12f);
                float share = fminf(fmaxf((to_x * along_x + to_y * along_y) / length, 0.0f), 1.0f);
                float off_x = to_x - share * along_x, off_y = to_y - share * along_y;
                square = fminf(square, off_x * off_x + off_y * off_y);
                here_x = next_x;
                here_y = next_y;
            }
            float beside = fmaxf(sqrtf(square) - curve.y * eye[5].x, 0.0f);
            if (beside <= p.slack) own = make_uint2(__float_as_uint(BEHIND + beside), 0xffffffffu - edge);
        }
    }
    own = least(own);
    if (threadIdx.x == 0u) parts[p.first + blockIdx.x] = own;
}
