package dev.nereid.cuda.device;

import dev.nereid.kernels.attention.AttentionShape;
import java.util.Objects;

/**
 * The sizes of an attention {@code y = softmax(scale * q * transposed(k) + mask) * v}, and where its operands lie. Strides are
 * in elements, along items of the batch, heads and tokens, of which the elements are dense; arrays are not to be changed.
 *
 * @param maskStrides along items, heads, queries and keys; 0 where the mask is repeated
 * @param keySharing how many heads each head of k serves
 * @param valueSharing how many heads each head of v serves
 * @param window which keys queries may ask, beside what the mask says
 */
@SuppressWarnings("ArrayRecordComponent")
public record DeviceAttention(
        AttentionShape shape,
        float scale,
        int[] qStrides,
        int[] kStrides,
        int[] vStrides,
        int[] yStrides,
        int[] maskStrides,
        int keySharing,
        int valueSharing,
        DeviceAttentionWindow window) {
    public DeviceAttention {
        Objects.requireNonNull(shape, "shape");
        Objects.requireNonNull(window, "sight");
    }
}
