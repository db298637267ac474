package dev.nereid.server.repository.config;

import dev.nereid.proto.inference.DataType;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelDynamicBatching;
import dev.nereid.proto.inference.ModelInput;
import dev.nereid.proto.inference.ModelInstanceGroup;
import dev.nereid.proto.inference.ModelMetrics.MetricControl;
import dev.nereid.proto.inference.ModelOutput;
import dev.nereid.proto.inference.ModelQueuePolicy;
import dev.nereid.proto.inference.ModelTensorReshape;
import dev.nereid.server.repository.folders.ModelLoadException;
import dev.nereid.server.schedule.Schedulers;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Refuses model configs that contradict themselves; the texts are Triton's. Checks configs with their defaults. */
public final class ModelConfigChecks {
    /** Of one model: a mistyped count must not take the machine's threads. */
    private static final int MOST_INSTANCES = 1024;

    private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_]+");

    private final ModelConfig config;

    /** As Triton prints the number. */
    private static final String LEAST_CAPABILITY = "7.500000";

    private ModelConfigChecks(ModelConfig config) {
        this.config = config;
    }

    /**
     * Checks everything but the tensors.
     *
     * @throws ModelLoadException with the first thing that is wrong
     */
    public static void check(ModelConfig config) {
        check(config, List.of(), "");
    }

    /**
     * As {@link #check(ModelConfig)}, of a model whose instances may be on GPUs.
     *
     * @param gpus their numbers
     * @param gpuReport what was found where they were looked for; empty if nobody looked
     */
    public static void check(ModelConfig config, List<Integer> gpus, String gpuReport) {
        checkWritten(config);
        ModelConfigChecks checks = new ModelConfigChecks(config);
        Schedulers.check(config);
        WarmupParameters.of(config);
        long instances = 0;
        for (ModelInstanceGroup group : config.getInstanceGroupList()) {
            checks.instanceGroup(group, gpus, gpuReport);
            instances += Schedulers.instances(group);
        }
        checks.require(
                instances <= MOST_INSTANCES,
                "instance groups ask for " + instances + " instances, each with a thread, expected at most "
                        + MOST_INSTANCES);
        int most = Schedulers.mostInstances(config).orElse(0);
        checks.require(
                most <= MOST_INSTANCES,
                "parameter 'scheduler.max_instances' allows " + most
                        + " instances, each with a thread, expected at most " + MOST_INSTANCES);
    }

    /**
     * Checks what needs neither the backend nor the machine: a config as it is written, but for backend and platform.
     *
     * @throws ModelLoadException with the first thing that is wrong
     */
    public static void checkWritten(ModelConfig config) {
        ModelConfigChecks checks = new ModelConfigChecks(config);
        EnsembleConfigChecks.check(config);
        checks.names();
        if (config.hasDynamicBatching()) {
            checks.dynamicBatching(config.getDynamicBatching());
        }
        if (config.hasSequenceBatching()) {
            SequenceConfigChecks.check(config);
        }
        checks.responseCache();
        checks.metrics();
    }

    /**
     * Checks inputs and outputs, when the backend has completed them.
     *
     * @throws ModelLoadException with the first thing that is wrong
     */
    public static void checkTensors(ModelConfig config) {
        ModelConfigChecks checks = new ModelConfigChecks(config);
        Set<String> names = new HashSet<>();
        for (ModelInput input : config.getInputList()) {
            checks.tensor("input", input.getName(), input.getDataType(), input.getDimsList());
            checks.reshape("input", input.getName(), input.getDimsList(), input.hasReshape(), input.getReshape());
            checks.require(
                    names.add(input.getName()), "model input '" + input.getName() + "' is specified more than once");
        }
        names.clear();
        for (ModelOutput output : config.getOutputList()) {
            checks.tensor("output", output.getName(), output.getDataType(), output.getDimsList());
            checks.reshape("output", output.getName(), output.getDimsList(), output.hasReshape(), output.getReshape());
            checks.require(
                    names.add(output.getName()), "model output '" + output.getName() + "' is specified more than once");
        }
        for (ModelInput input : config.getInputList()) {
            checks.require(
                    input.getFormat() == ModelInput.Format.FORMAT_NONE || input.getDimsCount() == 3,
                    "model input NHWC/NCHW require 3 dims");
            checks.linear(input.getIsNonLinearFormatIo());
        }
        config.getOutputList().forEach(output -> checks.linear(output.getIsNonLinearFormatIo()));
        BatchTensorChecks.check(config);
    }

    private void linear(boolean nonLinear) {
        require(!nonLinear, "Non-linear IO format is only supported for the TensorRT platform");
    }

    /** Which histograms have which buckets. */
    private void metrics() {
        for (String tag : config.getMetricTagsMap().keySet()) {
            // One label that is none makes the whole page of metrics unreadable.
            refuseUnless(
                    TAG.matcher(tag).matches(),
                    "metric_tags: expected names of letters, digits and underscores, got '" + tag + "'");
        }
        for (MetricControl control : config.getModelMetrics().getMetricControlList()) {
            refuseUnless(control.hasMetricIdentifier(), "metric control must specify 'metric_identifier'");
            refuseUnless(
                    !control.getMetricIdentifier().getFamily().isEmpty(),
                    "metric identifier must specify non-empty 'family'");
            refuseUnless(control.hasHistogramOptions(), "metric control must specify 'histogram_options'");
            refuseUnless(
                    control.getHistogramOptions().getBucketsCount() > 0,
                    "histogram options must specify non-empty 'buckets'");
        }
    }

    private void names() {
        require(config.getMaxBatchSize() >= 0, "'max_batch_size' must be non-negative value");
    }

    private void dynamicBatching(ModelDynamicBatching batching) {
        for (int size : batching.getPreferredBatchSizeList()) {
            require(size > 0, "dynamic batching preferred size must be positive");
            require(size <= config.getMaxBatchSize(), "dynamic batching preferred size must be <= max batch size");
        }
        long levels = batching.getPriorityLevels();
        if (levels != 0) {
            String range = "in range [1, " + Long.toUnsignedString(levels) + "]";
            require(isLevel(batching.getDefaultPriorityLevel(), levels), "default priority level must be " + range);
            for (long level : batching.getPriorityQueuePolicyMap().keySet()) {
                require(isLevel(level, levels), "priority queue policy must have priority level " + range);
            }
        }
        require(
                !batching.getPreserveOrdering() || Long.compareUnsigned(levels, 1) <= 0,
                "Only one priority level is allowed when 'preserve_ordering' is true");
        if (batching.getPreserveOrdering()) {
            keepsOrder(batching.getDefaultQueuePolicy());
            batching.getPriorityQueuePolicyMap().values().forEach(this::keepsOrder);
        }
    }

    /** Levels are unsigned, up to 2^64 - 1. */
    private static boolean isLevel(long level, long levels) {
        return level != 0 && Long.compareUnsigned(level, levels) <= 0;
    }

    private void keepsOrder(ModelQueuePolicy policy) {
        require(
                policy.getTimeoutAction() != ModelQueuePolicy.TimeoutAction.DELAY
                        || policy.getDefaultTimeoutMicroseconds() == 0,
                "Queue policy can not have DELAY as timeout action when 'preserve_ordering' is true");
    }

    private void responseCache() {
        if (!config.getResponseCache().getEnable()) {
            return;
        }
        String start = "Response Cache does not currently support model " + config.getName() + " with ";
        String end = " Please disable the response cache.";
        if (config.hasSequenceBatching()) {
            throw ModelLoadException.invalid(start + "sequence batching scheduler." + end);
        }
        if (config.getModelTransactionPolicy().getDecoupled()) {
            throw ModelLoadException.invalid(start + "'decoupled' transaction policy." + end);
        }
    }

    private void instanceGroup(ModelInstanceGroup group, List<Integer> gpus, String gpuReport) {
        String start = "instance group " + group.getName() + " of model " + config.getName();
        if (group.getKind() == ModelInstanceGroup.Kind.KIND_GPU) {
            if (gpus.isEmpty()) {
                throw ModelLoadException.invalid(start + " has kind KIND_GPU but server does not support GPUs"
                        + (gpuReport.isEmpty() ? "" : ": " + gpuReport));
            }
            for (int gpu : group.getGpusList()) {
                if (!gpus.contains(gpu)) {
                    throw ModelLoadException.invalid(start + " specifies invalid or unsupported gpu id " + gpu
                            + ". GPUs with at least the minimum required CUDA compute compatibility of "
                            + LEAST_CAPABILITY + " are: "
                            + gpus.stream().map(String::valueOf).collect(Collectors.joining(", ")));
                }
            }
        } else if (group.getGpusCount() > 0) {
            throw ModelLoadException.invalid(
                    start + " has kind " + group.getKind() + " but specifies one or more GPUs");
        }
        if (group.getProfileCount() > 0) {
            // The missing blank is Triton's.
            throw ModelLoadException.invalid(start + " and platform " + config.getPlatform()
                    + "specifies profile field which is only supported for TensorRT models");
        }
        if (group.getCount() < 1) {
            throw ModelLoadException.invalid(start + " must have a count of at least 1, got " + group.getCount());
        }
    }

    private void tensor(String kind, String name, DataType type, List<Long> dims) {
        require(!name.isEmpty(), "model " + kind + " must specify 'name'");
        String start = "model " + kind + " '" + name + "' ";
        require(type != DataType.TYPE_INVALID && type != DataType.UNRECOGNIZED, start + "must specify 'data_type'");
        require(!dims.isEmpty(), start + "must specify 'dims'");
        for (long dim : dims) {
            require(
                    dim >= 1 || dim == -1,
                    start + "dimension must be integer >= 1, or -1 to indicate a variable-size dimension");
        }
    }

    private void reshape(String kind, String name, List<Long> dims, boolean given, ModelTensorReshape reshape) {
        if (!given) {
            return;
        }
        String start = "model " + kind + " '" + name + "' ";
        require(
                reshape.getShapeCount() > 0 || config.getMaxBatchSize() > 0,
                start + "cannot have empty reshape for non-batching model as scalar tensors are not supported");
        for (long dim : reshape.getShapeList()) {
            require(
                    dim >= 1 || dim == -1,
                    start + "reshape dimensions must be integer >= 1, or -1 to indicate a variable-size dimension");
        }
        long variable = dims.stream().filter(dim -> dim == -1).count();
        long variableAfter =
                reshape.getShapeList().stream().filter(dim -> dim == -1).count();
        require((variable > 0) == (variableAfter > 0), start + "has different size for dims and reshape");
        require(
                variable == variableAfter,
                start + "has different number of variable-size dimensions for dims and reshape");
        require(
                segmentSizes(dims).equals(segmentSizes(reshape.getShapeList())),
                start + "has different size for dims and reshape");
    }

    /** The products of the dims between variable ones: reshaping may only move numbers within such a segment. */
    private static List<Long> segmentSizes(List<Long> dims) {
        java.util.ArrayList<Long> sizes = new java.util.ArrayList<>();
        long product = 1;
        for (long dim : dims) {
            if (dim == -1) {
                sizes.add(product);
                product = 1;
            } else {
                product *= dim;
            }
        }
        sizes.add(product);
        return sizes;
    }

    private void require(boolean condition, String text) {
        refuseUnless(condition, text + " for " + config.getName());
    }

    private static void refuseUnless(boolean condition, String text) {
        if (!condition) {
            throw ModelLoadException.invalid(text);
        }
    }
}
