package dev.nereid.models.tensorflow.graph;

import dev.nereid.models.ModelFormatException;
import dev.nereid.proto.tensorflow.NodeDef;
import java.util.List;
import java.util.Map;

/**
 * The output arguments of operators with several, by which nodes of functions name values. Operators that are not listed
 * have one argument, a value or a list, whatever its name is.
 */
final class OutputArguments {
    private static final List<String> BATCH_NORM =
            List.of("y", "batch_mean", "batch_variance", "reserve_space_1", "reserve_space_2", "reserve_space_3");
    private static final List<String> SPARSE = List.of("output_indices", "output_values", "output_shape");
    private static final Map<String, List<String>> NAMES = Map.ofEntries(
            Map.entry("FusedBatchNorm", BATCH_NORM),
            Map.entry("FusedBatchNormV2", BATCH_NORM),
            Map.entry("FusedBatchNormV3", BATCH_NORM),
            Map.entry("TopK", List.of("values", "indices")),
            Map.entry("TopKV2", List.of("values", "indices")),
            Map.entry("Unique", List.of("y", "idx")),
            Map.entry("UniqueV2", List.of("y", "idx")),
            Map.entry("UniqueWithCounts", List.of("y", "idx", "count")),
            Map.entry("UniqueWithCountsV2", List.of("y", "idx", "count")),
            Map.entry("ListDiff", List.of("out", "idx")),
            Map.entry("MaxPoolWithArgmax", List.of("output", "argmax")),
            Map.entry("SoftmaxCrossEntropyWithLogits", List.of("loss", "backprop")),
            Map.entry("SparseSoftmaxCrossEntropyWithLogits", List.of("loss", "backprop")),
            Map.entry("NonMaxSuppressionV4", List.of("selected_indices", "valid_outputs")),
            Map.entry("NonMaxSuppressionV5", List.of("selected_indices", "selected_scores", "valid_outputs")),
            Map.entry(
                    "CombinedNonMaxSuppression",
                    List.of("nmsed_boxes", "nmsed_scores", "nmsed_classes", "valid_detections")),
            Map.entry("SampleDistortedBoundingBox", List.of("begin", "size", "bboxes")),
            Map.entry("SampleDistortedBoundingBoxV2", List.of("begin", "size", "bboxes")),
            Map.entry("Svd", List.of("s", "u", "v")),
            Map.entry("Qr", List.of("q", "r")),
            Map.entry("SelfAdjointEigV2", List.of("e", "v")),
            Map.entry(
                    "SparseFillEmptyRows",
                    List.of("output_indices", "output_values", "empty_row_indicator", "reverse_index_map")),
            Map.entry("SparseReshape", List.of("output_indices", "output_shape")),
            Map.entry("SparseReorder", List.of("output_indices", "output_values")),
            Map.entry("SparseSlice", SPARSE),
            Map.entry("SparseConcat", SPARSE),
            Map.entry("StringSplit", List.of("indices", "values", "shape")),
            Map.entry("StringSplitV2", List.of("indices", "values", "shape")),
            Map.entry("LookupTableExportV2", List.of("keys", "values")),
            Map.entry("TensorArrayV3", List.of("handle", "flow")),
            Map.entry("TensorArrayConcatV3", List.of("value", "lengths")),
            Map.entry("TensorListPopBack", List.of("output_handle", "tensor")),
            Map.entry("TensorListConcat", List.of("tensor", "lengths")),
            Map.entry("TensorListConcatV2", List.of("tensor", "lengths")),
            Map.entry("LSTMBlockCell", List.of("i", "cs", "f", "o", "ci", "co", "h")),
            Map.entry("BlockLSTM", List.of("i", "cs", "f", "o", "ci", "co", "h")),
            Map.entry("BlockLSTMV2", List.of("i", "cs", "f", "o", "ci", "co", "h")),
            Map.entry("GRUBlockCell", List.of("r", "u", "c", "h")),
            Map.entry("CudnnRNN", List.of("output", "output_h", "output_c", "reserve_space")),
            Map.entry("CudnnRNNV2", List.of("output", "output_h", "output_c", "reserve_space", "host_reserved")),
            Map.entry("CudnnRNNV3", List.of("output", "output_h", "output_c", "reserve_space", "host_reserved")),
            Map.entry("Merge", List.of("output", "value_index")),
            Map.entry("Switch", List.of("output_false", "output_true")),
            Map.entry(
                    "CTCGreedyDecoder",
                    List.of("decoded_indices", "decoded_values", "decoded_shape", "log_probability")));

    private OutputArguments() {}

    /**
     * The place among all outputs of a node where an argument begins.
     *
     * @throws ModelFormatException if an operator of which the arguments are known has none of that name
     */
    static int first(NodeDef node, String argument) {
        List<String> names = NAMES.get(node.getOp());
        if (names == null) {
            return 0;
        }
        int index = names.indexOf(argument);
        if (index < 0) {
            throw new ModelFormatException(node.getOp() + " node '" + node.getName() + "' has no output '" + argument
                    + "': expected one of " + names);
        }
        return index;
    }
}
