package dev.nereid.bench.networks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.bench.models.FamiliesTest;
import dev.nereid.bench.models.OperatorFamilies;
import dev.nereid.bench.models.OperatorFamily;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class NetworksTest extends FamiliesTest {
    NetworksTest() {
        super(Networks.ALL);
    }

    @Test
    void noFamilyHasTheNameOfOperators() {
        assertThat(Stream.of(Networks.ALL, OperatorFamilies.ALL).flatMap(List::stream))
                .extracting(OperatorFamily::name)
                .doesNotHaveDuplicates();
    }
}
