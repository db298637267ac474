package dev.nereid.models.tensorflow.saved;

import com.google.protobuf.ByteString;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.tensorflow.graph.NodeOutput;
import dev.nereid.models.tensorflow.graph.TensorflowNode;
import dev.nereid.proto.tensorflow.MetaGraphDef;
import dev.nereid.proto.tensorflow.TensorProto;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which tensor of the checkpoint each variable holds, as the model's own restore operation says: it reads tensors by constant
 * names and assigns them. Nothing is run.
 */
final class RestoredVariables {
    private static final Set<String> ASSIGNMENTS = Set.of("Assign", "AssignVariableOp");
    private static final Set<String> PASSING = Set.of("Identity", "IdentityN", "Enter", "Cast");
    private static final int LONGEST_PATH = 1000;

    private final Map<String, TensorflowNode> nodes = new HashMap<>();
    private final Map<String, Place> places = new HashMap<>();

    /**
     * Where in the checkpoint a variable is.
     *
     * @param slice which part of the tensor it holds, as the restore operation writes it; empty for all of it
     */
    record Place(String tensor, String slice) {}

    private RestoredVariables() {}

    /** The places in the checkpoint by the names of the nodes of variables; what is not restored is missing. */
    static Map<String, Place> of(MetaGraphDef graph) {
        String restore = graph.getSaverDef().getRestoreOpName();
        if (restore.isEmpty()) {
            return Map.of();
        }
        GraphFlattening flattening = new GraphFlattening(graph.getGraphDef());
        RestoredVariables variables = new RestoredVariables();
        List<TensorflowNode> flat =
                flattening.flatten(List.of(NodeOutput.parse(restore))).nodes();
        flat.forEach(node -> variables.nodes.put(node.name(), node));
        for (TensorflowNode node : flat) {
            if (ASSIGNMENTS.contains(node.operator()) && node.inputs().size() >= 2) {
                variables.add(node);
            }
        }
        return variables.places;
    }

    private void add(TensorflowNode assignment) {
        NodeOutput handle = origin(assignment.inputs().get(0));
        NodeOutput value = origin(assignment.inputs().get(1));
        TensorflowNode restore = nodes.get(value.node());
        if (restore == null
                || !restore.operator().equals("RestoreV2")
                || restore.inputs().size() < 3) {
            return;
        }
        String slice = text(restore.inputs().get(2), value.index());
        places.put(handle.node(), new Place(text(restore.inputs().get(1), value.index()), slice));
    }

    private NodeOutput origin(NodeOutput value) {
        NodeOutput at = value;
        for (int i = 0; i < LONGEST_PATH; i++) {
            TensorflowNode node = nodes.get(at.node());
            if (node == null
                    || !PASSING.contains(node.operator())
                    || node.inputs().size() <= at.index()) {
                return at;
            }
            at = node.inputs().get(at.index());
        }
        return at;
    }

    private String text(NodeOutput list, int index) {
        NodeOutput origin = origin(list);
        TensorflowNode node = nodes.get(origin.node());
        if (node == null || !node.operator().equals("Const")) {
            throw new ModelFormatException("the names of the tensors to restore are no constant: " + origin);
        }
        TensorProto names = node.attributes().tensor("value");
        List<ByteString> strings = names.getStringValList();
        long size = 1;
        for (int i = 0; i < names.getTensorShape().getDimCount(); i++) {
            size = Math.multiplyExact(size, names.getTensorShape().getDim(i).getSize());
        }
        if (index >= size || strings.isEmpty()) {
            throw new ModelFormatException("there is no name of the tensor " + index + " to restore");
        }
        return strings.get(Math.min(index, strings.size() - 1)).toStringUtf8();
    }
}
