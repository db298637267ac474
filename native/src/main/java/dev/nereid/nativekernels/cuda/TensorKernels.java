package dev.nereid.nativekernels.cuda;

import dev.nereid.kernels.device.DeviceException;
import java.util.List;
import java.util.Optional;

/**
 * The kernels with tensor cores that a card of compute capability 8.0 and up proves by a trial before a model uses them, in
 * groups: where one is refused, the plain twins of its kernels are used. For the thread that holds the device's lock.
 */
final class TensorKernels {
    /** The kernels of a source, and what is asked of them on a bench. */
    private record Group(String source, Proof proof, Trial trial) {}

    /** Gives what was wrong; empty where nothing was. */
    private interface Trial {
        Optional<String> run(TrialBench bench);
    }

    private final CudaDevice device;
    private final List<Group> groups;

    TensorKernels(CudaDevice device, int multiprocessors) {
        this.device = device;
        this.groups = List.of(
                group(
                        "tensor_convolution",
                        "convolutions of FP16 and BF16 by tensor cores",
                        bench -> new ConvolutionTrial(bench, multiprocessors).run()),
                group(
                        "tensor_attention",
                        "attention of FP16 and BF16 by tensor cores",
                        bench -> new AttentionTrial(bench, multiprocessors).run()));
    }

    private Group group(String source, String kernels, Trial trial) {
        return new Group(source, new Proof(device, kernels), trial);
    }

    /** Why kernels of a source are not used, though there are some; empty where they were not refused. */
    Optional<String> refusal(String source) {
        return groups.stream()
                .filter(group -> group.source.equals(source))
                .findFirst()
                .flatMap(group -> group.proof.refusal());
    }

    /** Has no kernels that were refused, once all were compiled. */
    void forgetRefused() {
        groups.stream()
                .filter(group -> group.proof.refusal().isPresent())
                .forEach(group -> device.forget(group.source));
    }

    /**
     * Tries all that nobody has tried before.
     *
     * @param space the first one of a model on the card, which the calling thread talks to
     * @throws DeviceException if the driver refused something; the kernels are not used then, and the card's context may have
     *     failed
     */
    void prove(CudaSpace space) {
        for (Group group : groups) {
            if (KernelTexts.all().entries(group.source).stream().anyMatch(device::has)) {
                group.proof.prove(() -> tried(group, space), () -> device.forget(group.source));
            }
        }
    }

    private Optional<String> tried(Group group, CudaSpace space) {
        try (TrialBench bench = new TrialBench(device, space)) {
            return group.trial.run(bench);
        }
    }
}
