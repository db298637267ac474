package dev.nereid.cuda.driver;

import dev.nereid.models.device.DeviceException;
import java.util.List;
import java.util.Optional;

/**
 * The tensor-core kernels, in groups, each used on a card of compute capability 8.0 and up only after its self-test passed
 * there; otherwise the plain kernels are used. For the thread that holds the device's lock.
 */
final class TensorCoreKernels {
    /** The kernels of one source file, with their self-test. */
    private record Group(String source, SelfTestVerdict verdict, SelfTest selfTest) {}

    /** A self-test: returns the problem; empty if it passed. */
    private interface SelfTest {
        Optional<String> run(SelfTestBench bench);
    }

    private final CudaDevice device;
    private final List<Group> groups;

    TensorCoreKernels(CudaDevice device, int multiprocessors) {
        this.device = device;
        this.groups = List.of(
                group(
                        "tensor_convolution",
                        "convolutions of FP16 and BF16 by tensor cores",
                        bench -> new ConvolutionSelfTest(bench, multiprocessors).run()),
                group(
                        "tensor_attention",
                        "attention of FP16 and BF16 by tensor cores",
                        bench -> new AttentionSelfTest(bench, multiprocessors).run()));
    }

    private Group group(String source, String kernels, SelfTest selfTest) {
        return new Group(source, new SelfTestVerdict(device, kernels), selfTest);
    }

    /** The reason why kernels of a source are not used; empty if they were not refused. */
    Optional<String> refusal(String source) {
        return groups.stream()
                .filter(group -> group.source.equals(source))
                .findFirst()
                .flatMap(group -> group.verdict.refusal());
    }

    /** Has no kernels that were refused, once all were compiled. */
    void forgetRefused() {
        groups.stream()
                .filter(group -> group.verdict.refusal().isPresent())
                .forEach(group -> device.forget(group.source));
    }

    /**
     * Runs the self-tests that have not run on this card.
     *
     * @param resources the first one of a model on the card, which the calling thread talks to
     * @throws DeviceException if the driver refused something; the kernels are not used then, and the card's context may have
     *     failed
     */
    void selfTest(CudaModelResources resources) {
        for (Group group : groups) {
            if (KernelTexts.all().entries(group.source).stream().anyMatch(device::has)) {
                group.verdict.runOnce(() -> runSelfTest(group, resources), () -> device.forget(group.source));
            }
        }
    }

    private Optional<String> runSelfTest(Group group, CudaModelResources resources) {
        try (SelfTestBench bench = new SelfTestBench(device, resources)) {
            return group.selfTest.run(bench);
        }
    }
}
