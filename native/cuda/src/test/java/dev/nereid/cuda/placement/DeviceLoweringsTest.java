package dev.nereid.cuda.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.ModelLoader;
import dev.nereid.models.operators.OperatorSet.Entry;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The table of device lowerings beside the registry of operators. */
class DeviceLoweringsTest {
    @Test
    void everyRowIsOfARegisteredOperator() {
        Set<Class<?>> registered = ModelLoader.operators().all().stream()
                .map(entry -> entry.operator().getClass())
                .collect(Collectors.toSet());

        assertThat(DeviceLowerings.ENTRIES).isNotEmpty();
        assertThat(registered).containsAll(DeviceLowerings.ENTRIES.keySet());
    }

    @Test
    void operatorsAreFoundByTheirClassUnderEveryName() {
        List<String> names = ModelLoader.operators().all().stream()
                .filter(entry -> DeviceLowerings.of(entry.operator()).isPresent())
                .map(Entry::name)
                .toList();

        assertThat(names)
                .contains("Conv", "FusedConv", "MatMul", "ReduceSum", "ReduceMax", "Softmax", "Identity", "Squeeze")
                .doesNotContain("NonZero", "If", "StringConcat");
    }
}
