package dev.nereid.models.onnx;

import dev.nereid.models.ModelFormatException;
import dev.nereid.proto.onnx.AttributeProto;
import dev.nereid.proto.onnx.FunctionProto;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.NodeProto;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Counts the nodes that calls of a file's functions stand for before any is expanded: each function is looked at once, however
 * often it is called. Functions that call each other twice grow exponentially, and some bytes of file could take all memory.
 */
final class FunctionSizes {
    /** How deep functions may call each other. */
    static final int MAXIMUM_DEPTH = 64;

    /** How many nodes the bodies of all calls may have. */
    static final int MAXIMUM_NODES = 200_000;

    /**
     * What a call stands for.
     *
     * @param nodes no more than one more than there may be
     * @param depth of calls; 1 for a function that calls none
     */
    private record Size(long nodes, int depth) {
        static final Size NONE = new Size(0, 0);

        Size and(Size other) {
            return new Size(Math.min(nodes + other.nodes, MAXIMUM_NODES + 1L), Math.max(depth, other.depth));
        }
    }

    private final Function<NodeProto, Optional<FunctionProto>> functions;
    private final IdentityHashMap<FunctionProto, Size> sizes = new IdentityHashMap<>();

    /** @param functions the function that a node calls; empty where it applies an operator */
    FunctionSizes(Function<NodeProto, Optional<FunctionProto>> functions) {
        this.functions = functions;
    }

    /**
     * Does nothing where all calls of a graph can be expanded.
     *
     * @throws ModelFormatException if they stand for too many nodes or are too deep; names a call
     */
    void check(GraphProto graph) {
        Size all = Size.NONE;
        for (NodeProto node : graph.getNodeList()) {
            all = all.and(calls(node, 0));
            if (all.nodes() > MAXIMUM_NODES) {
                throw tooMany(node);
            }
        }
    }

    /** What the calls in a node stand for: the node itself, and nodes of graphs inside it. */
    private Size calls(NodeProto node, int around) {
        Size size = functions
                .apply(node)
                .map(function -> size(function, node, around))
                .orElse(Size.NONE);
        for (AttributeProto attribute : node.getAttributeList()) {
            if (attribute.hasG()) {
                size = size.and(calls(attribute.getG().getNodeList(), around));
            }
            for (GraphProto graph : attribute.getGraphsList()) {
                size = size.and(calls(graph.getNodeList(), around));
            }
        }
        return size;
    }

    private Size calls(List<NodeProto> nodes, int around) {
        Size size = Size.NONE;
        for (NodeProto node : nodes) {
            size = size.and(calls(node, around));
        }
        return size;
    }

    /** @param around how deep the call is inside others; a function that calls itself is too deep in the end */
    private Size size(FunctionProto function, NodeProto call, int around) {
        Size known = sizes.get(function);
        int depth = known == null ? 1 : known.depth();
        if (around + depth > MAXIMUM_DEPTH) {
            throw tooMany(call);
        }
        if (known != null) {
            return known;
        }
        Size inside = calls(function.getNodeList(), around + 1);
        Size size = new Size(inside.nodes(), inside.depth() + 1).and(new Size(function.getNodeCount(), 0));
        sizes.put(function, size);
        return size;
    }

    private static ModelFormatException tooMany(NodeProto call) {
        String name = call.getName().isEmpty()
                ? "a node that makes '" + (call.getOutputCount() > 0 ? call.getOutput(0) : "") + "'"
                : "node '" + call.getName() + "'";
        return new ModelFormatException(name + " (" + call.getOpType() + ") calls functions more than " + MAXIMUM_DEPTH
                + " deep or with more than " + MAXIMUM_NODES + " nodes in all");
    }
}
