package dev.nereid.models.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.lowering.RunResource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RunResourcesTest {
    private final RunResources resources = new RunResources();
    private final List<String> closed = new ArrayList<>();

    private final class First implements RunResource {
        @Override
        public void close() {
            closed.add("first");
        }
    }

    private final class Failing implements RunResource {
        @Override
        public void close() {
            closed.add("failing");
            throw new IllegalStateException("does not close");
        }
    }

    private record Other() implements RunResource {
        @Override
        public void close() {}
    }

    @Test
    void givesEveryStepOfARunTheSame() {
        First made = resources.get(First.class, First::new);
        assertThat(resources.get(First.class, First::new)).isSameAs(made);
        assertThat(resources.get(Other.class, Other::new)).isNotNull();
        assertThat(closed).isEmpty();
    }

    @Test
    void givesTheNextRunAnotherOne() {
        First made = resources.get(First.class, First::new);
        resources.close();
        assertThat(closed).containsExactly("first");
        assertThat(resources.get(First.class, First::new)).isNotSameAs(made);
        resources.close();
        assertThat(closed).containsExactly("first", "first");
    }

    @Test
    void closesAllWhereOneFailsAndThoseThatWereMadeLastFirst() {
        resources.get(First.class, First::new);
        resources.get(Failing.class, Failing::new);
        assertThatThrownBy(resources::close).hasMessage("does not close");
        assertThat(closed).containsExactly("failing", "first");
        resources.close();
        assertThat(closed).hasSize(2);
    }

    @Test
    void hasNothingOfWhatCouldNotBeMade() {
        assertThatThrownBy(() -> resources.get(First.class, () -> {
                    throw new IllegalStateException("cannot be made");
                }))
                .hasMessage("cannot be made");
        resources.close();
        assertThat(closed).isEmpty();
        resources.get(First.class, First::new);
        resources.close();
        assertThat(closed).containsExactly("first");
    }
}
