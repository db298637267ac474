package dev.nereid.server.schedule.ensemble;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class InputMemoryTest {
    private static boolean shared(Tensor input, Tensor output) {
        InferRequest request = new InferRequest(
                InferRequest.Header.of("m", "", ""), List.of(new InputTensor("I", input)), List.of(), List.of(), 0);
        InferResponse response =
                new InferResponse("m", "1", "", Map.of(), List.of(new OutputTensor("O", output)), () -> {});
        return InputMemory.isSharedBy(request, response);
    }

    private static Tensor bytes(MemorySegment memory) {
        return Tensor.of(DataType.UINT8, Shape.of(memory.byteSize()), memory);
    }

    @Test
    void findsAnOutputThatIsAnInputOrAPartOfIt() {
        MemorySegment memory = Arena.ofAuto().allocate(16);
        assertThat(shared(bytes(memory), bytes(memory))).isTrue();
        assertThat(shared(bytes(memory), bytes(memory.asSlice(12, 4)))).isTrue();
        assertThat(shared(bytes(memory.asSlice(0, 8)), bytes(memory.asSlice(8, 8))))
                .as("neighbours")
                .isFalse();
        assertThat(shared(bytes(memory), bytes(Arena.ofAuto().allocate(16)))).isFalse();
    }

    @Test
    void findsStringsThatAreAnInput() {
        byte[][] strings = {{1}, {2}};
        Tensor tensor = Tensor.ofStrings(Shape.of(2), strings);
        assertThat(shared(tensor, tensor.withShape(Shape.of(2, 1)))).isTrue();
        assertThat(shared(tensor, Tensor.ofStrings(Shape.of(2), strings.clone())))
                .isFalse();
        assertThat(shared(tensor, bytes(Arena.ofAuto().allocate(2)))).isFalse();
    }
}
