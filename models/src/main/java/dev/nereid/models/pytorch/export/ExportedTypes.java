package dev.nereid.models.pytorch.export;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The types of tensors as an exported program writes them. Its numbers of datatypes are not those of PyTorch's own code. */
final class ExportedTypes {
    private static final int HIGHEST_RANK = 64;

    private static final Map<Integer, DataType> DATA_TYPES = Map.ofEntries(
            Map.entry(1, DataType.UINT8),
            Map.entry(2, DataType.INT8),
            Map.entry(3, DataType.INT16),
            Map.entry(4, DataType.INT32),
            Map.entry(5, DataType.INT64),
            Map.entry(6, DataType.FP16),
            Map.entry(7, DataType.FP32),
            Map.entry(8, DataType.FP64),
            Map.entry(10, DataType.COMPLEX64),
            Map.entry(11, DataType.COMPLEX128),
            Map.entry(12, DataType.BOOL),
            Map.entry(13, DataType.BF16),
            Map.entry(28, DataType.UINT16),
            Map.entry(29, DataType.FLOAT8E4M3FN),
            Map.entry(30, DataType.FLOAT8E5M2),
            Map.entry(31, DataType.FLOAT8E4M3FNUZ),
            Map.entry(32, DataType.FLOAT8E5M2FNUZ));

    private ExportedTypes() {}

    static DataType dataType(JsonNode node) {
        long number = ProgramJson.integer(node);
        return Optional.ofNullable(DATA_TYPES.get((int) number))
                .filter(_ -> number == (int) number)
                .orElseThrow(
                        () -> new ModelFormatException("the datatype with the number " + number + " is not known"));
    }

    /** What a {@code TensorMeta} says. */
    static TensorType tensor(JsonNode meta) {
        List<Dim> dims = ProgramJson.list(ProgramJson.member(meta, "sizes"), ExportedTypes::size);
        if (dims.size() > HIGHEST_RANK) {
            throw new ModelFormatException("a tensor of " + dims.size() + " dims: expected at most " + HIGHEST_RANK);
        }
        return TensorType.of(dataType(ProgramJson.member(meta, "dtype")), dims);
    }

    private static Dim size(JsonNode node) {
        Map.Entry<String, JsonNode> kind = ProgramJson.union(node);
        Dim dim = switch (kind.getKey()) {
            case "as_int" -> Dim.of(ProgramJson.integer(kind.getValue()));
            case "as_expr" -> SymbolicExpression.dim(ProgramJson.text(kind.getValue(), "expr_str"));
            default -> throw ProgramJson.expected("a size", node);
        };
        if (dim.isKnown() && dim.value() < 0) {
            throw new ModelFormatException("a size is " + dim);
        }
        return dim;
    }
}
