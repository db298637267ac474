package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelInstanceGroup;
import dev.nereid.server.ConfigText;
import dev.nereid.server.repository.config.ModelConfigChecks;
import dev.nereid.server.repository.config.ModelConfigDefaults;
import dev.nereid.server.repository.folders.ModelLoadException;
import dev.nereid.server.statement.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Instance groups of the kind KIND_GPU on a server that has GPUs. */
class GpuGroupsTest {
    private static final List<Integer> GPUS = List.of(0, 1);

    private static ModelConfig complete(String groups) {
        return complete(groups, GPUS, false);
    }

    private static ModelConfig complete(String groups, List<Integer> gpus, boolean preferGpu) {
        ModelConfig config =
                ConfigText.parse("name: 'm' backend: 'onnxruntime' input { name: 'X' data_type: TYPE_FP32 dims: 2 } "
                        + "output { name: 'Y' data_type: TYPE_FP32 dims: 2 } " + groups);
        ModelConfig complete = ModelConfigDefaults.apply(config, gpus, preferGpu);
        ModelConfigChecks.check(complete, gpus, "none were found");
        return complete;
    }

    @Test
    void takesEveryGpuWhereNoneIsListed() {
        ModelConfig config = complete("instance_group { kind: KIND_GPU }");
        assertThat(config.getInstanceGroup(0).getGpusList()).containsExactly(0, 1);
        assertThat(config.getInstanceGroup(0).getCount()).isEqualTo(1);
    }

    @Test
    void makesAsManyInstancesAsCountedOnEachListedGpu() {
        List<InstancePlan> plans =
                InstancePlan.of(complete("instance_group { kind: KIND_GPU count: 2 gpus: [ 1, 0 ] }"));
        assertThat(plans).extracting(InstancePlan::name).containsExactly("m_0_0", "m_0_1", "m_0_0", "m_0_1");
        assertThat(plans).extracting(plan -> plan.settings().getGpus(0)).containsExactly(1, 1, 0, 0);
        assertThat(plans).extracting(plan -> HostPolicies.name(plan.settings())).contains("gpu_1", "gpu_0");
    }

    @Test
    void refusesMoreInstancesOverAllGpusThanAModelMayHave() {
        String groups = "instance_group { kind: KIND_GPU count: 513 gpus: [ 0, 1 ] }";
        assertThatThrownBy(() -> complete(groups))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("instance groups ask for 1026 instances, each with a thread, expected at most 1024 for m");
        assertThat(InstancePlan.of(complete(groups.replace("513", "512")))).hasSize(1024);
    }

    @Test
    void keepsTheCpuWhereTheKindIsLeftToIt() {
        ModelConfig config = complete("instance_group { kind: KIND_AUTO gpus: [ 0 ] }");
        assertThat(config.getInstanceGroup(0).getKind().name()).isEqualTo("KIND_CPU");
        assertThat(config.getInstanceGroup(0).getGpusList()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "instance_group { count: 1 }", "instance_group { kind: KIND_AUTO }"})
    void takesEveryGpuWhereTheKindIsLeftToTheServerThatPrefersThem(String groups) {
        ModelInstanceGroup group = complete(groups, GPUS, true).getInstanceGroup(0);
        assertThat(group.getKind()).isEqualTo(ModelInstanceGroup.Kind.KIND_GPU);
        assertThat(group.getGpusList()).containsExactly(0, 1);
        assertThat(group.getCount()).isEqualTo(1);
    }

    @Test
    @Statement(114)
    void takesTheListedGpusWhereTheServerPrefersThemAndAllAreThere() {
        String groups = "instance_group { kind: KIND_AUTO gpus: 1 }";
        assertThat(complete(groups, GPUS, true).getInstanceGroup(0).getGpusList())
                .containsExactly(1);
        ModelInstanceGroup without = complete(groups, List.of(0), true).getInstanceGroup(0);
        assertThat(without.getKind()).isEqualTo(ModelInstanceGroup.Kind.KIND_CPU);
        assertThat(without.getGpusList()).isEmpty();
        assertThat(without.getCount()).isEqualTo(2);
    }

    @Test
    void keepsTheCpuWhereItIsNamedOrThereIsNoGpu() {
        ModelConfig named = complete("instance_group { kind: KIND_CPU }", GPUS, true);
        assertThat(named.getInstanceGroup(0).getKind()).isEqualTo(ModelInstanceGroup.Kind.KIND_CPU);
        ModelConfig alone = complete("", List.of(), true);
        assertThat(alone.getInstanceGroup(0).getKind()).isEqualTo(ModelInstanceGroup.Kind.KIND_CPU);
    }

    @Test
    void refusesAGpuThatIsNotThere() {
        assertThatThrownBy(() -> complete("instance_group { kind: KIND_GPU gpus: [ 0, 3 ] }"))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("instance group m_0 of model m specifies invalid or unsupported gpu id 3. GPUs with at "
                        + "least the minimum required CUDA compute compatibility of 7.500000 are: 0, 1");
    }

    @Test
    void refusesAGpuForAGroupOnTheCpu() {
        assertThatThrownBy(() -> complete("instance_group { kind: KIND_CPU gpus: 0 }"))
                .hasMessage("instance group m_0 of model m has kind KIND_CPU but specifies one or more GPUs");
    }
}
