package dev.nereid.perf.model;

import java.util.List;

/**
 * An input or output as the server describes it.
 *
 * @param datatype by its KServe name
 * @param dims without the batch; -1 where any length will do
 * @param optional whether a request may leave it out
 */
public record TensorSpec(String name, String datatype, List<Long> dims, boolean optional) {
    public TensorSpec {
        dims = List.copyOf(dims);
    }

    /** Whether all dims are known. */
    public boolean isFixed() {
        return dims.stream().allMatch(dim -> dim >= 0);
    }
}
