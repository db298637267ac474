package dev.nereid.models.execute;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.memory.SlabPool;
import dev.nereid.models.graph.RunValue;
import dev.nereid.models.operators.Tensors;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RunMemoryTest {
    private final SlabPool pool = new SlabPool(0);

    @AfterEach
    void nothingIsLeft() {
        assertThat(pool.usedBytes()).isZero();
        pool.close();
    }

    @Test
    void copiesWhatLiesElsewhereOnceHoweverOftenItIsHeld() {
        RunMemory memory = new RunMemory(pool, List.of());
        RunValue elsewhere = RunValue.of(Tensors.floats(new float[] {1, 2}));
        List<RunValue> held = memory.hold(
                        new RunValue.OfSequence(
                                List.of(elsewhere, elsewhere, new RunValue.OfOptional(Optional.of(elsewhere)))),
                        List.of())
                .elements();

        assertThat(Tensors.text(held.get(0).tensor())).isEqualTo("FP32[2] [1.0, 2.0]");
        assertThat(held.get(0).tensor())
                .isNotSameAs(elsewhere.tensor())
                .isSameAs(held.get(1).tensor());
        memory.release();
    }

    @Test
    void keepsPartsOfItsOwnMemoryAndOfThatAroundIt() {
        RunMemory around = new RunMemory(pool, List.of());
        RunMemory memory = new RunMemory(pool, List.of(around));
        Tensor whole = memory.allocate(DataType.FP32, Shape.of(4));
        Tensor part = Tensor.of(DataType.FP32, Shape.of(2), whole.segment().asSlice(8, 8));
        Tensor outer = around.allocate(DataType.INT64, Shape.of(2));
        RunValue.OfMap map = new RunValue.OfMap(outer, part);

        assertThat(memory.hold(map, List.of())).isEqualTo(map);
        memory.release();
        around.release();
    }

    @Test
    void takesMemoryOverFromWhereAValueWasMade() {
        RunMemory memory = new RunMemory(pool, List.of());
        RunMemory donor = new RunMemory(pool, List.of());
        Tensor made = donor.allocate(DataType.FP32, Shape.of(2));

        assertThat(memory.hold(RunValue.of(made), List.of(donor)).tensor()).isSameAs(made);
        donor.release();
        assertThat(pool.usedBytes()).isPositive();
        memory.release();
    }
}
