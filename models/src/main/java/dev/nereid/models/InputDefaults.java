package dev.nereid.models;

import dev.nereid.models.imported.ImportedModel;
import dev.nereid.models.imported.OverridableInitializer;
import dev.nereid.models.plan.ConstantMemory;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/** What inputs of a model are for which a run may have nothing: the initializers that were made inputs. */
final class InputDefaults {
    private InputDefaults() {}

    /**
     * Copies them out of the file.
     *
     * @param memory where they lie afterwards, as long as the plan does
     */
    static Map<String, Tensor> of(ImportedModel imported, LoadOptions options, ConstantMemory memory) {
        Map<String, Tensor> defaults = new HashMap<>();
        for (OverridableInitializer each : imported.overridable()) {
            if (options.overridden().contains(each.value().name())) {
                defaults.put(each.value().name(), copy(each.tensor(), memory));
            }
        }
        return defaults;
    }

    private static Tensor copy(Tensor tensor, ConstantMemory memory) {
        if (tensor.dataType() == DataType.STRING) {
            return tensor;
        }
        MemorySegment copy = memory.allocate(tensor.byteSize());
        MemorySegment.copy(tensor.segment(), 0, copy, 0, tensor.byteSize());
        return Tensor.of(tensor.dataType(), tensor.shape(), copy);
    }
}
