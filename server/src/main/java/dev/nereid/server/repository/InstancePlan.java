package dev.nereid.server.repository;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelInstanceGroup;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.ModelInstance;
import java.util.ArrayList;
import java.util.List;

/**
 * One instance that a config asks for.
 *
 * @param name the group's name and the instance's number in it
 * @param settings the group without its name and count: instances that agree in it can stand in for each other
 */
record InstancePlan(String name, ModelInstanceGroup settings) {
    /** The instances of a config whose defaults are written out, in its order. */
    static List<InstancePlan> of(ModelConfig config) {
        List<InstancePlan> plans = new ArrayList<>();
        for (ModelInstanceGroup group : config.getInstanceGroupList()) {
            ModelInstanceGroup settings =
                    group.toBuilder().clearName().clearCount().build();
            if (group.getKind() == ModelInstanceGroup.Kind.KIND_GPU) {
                group.getGpusList()
                        .forEach(gpu -> add(
                                plans,
                                group,
                                settings.toBuilder().clearGpus().addGpus(gpu).build()));
            } else {
                add(plans, group, settings);
            }
        }
        return plans;
    }

    /** As many as the group counts; those of one number share its name, whatever GPU they are on, as in Triton. */
    private static void add(List<InstancePlan> plans, ModelInstanceGroup group, ModelInstanceGroup settings) {
        for (int i = 0; i < group.getCount(); i++) {
            plans.add(new InstancePlan(group.getName() + "_" + i, settings));
        }
    }

    /** The instance itself. */
    ModelInstance make(BackendModel model) {
        return isOnGpu() ? model.newInstance(name, settings.getGpus(0)) : model.newInstance(name);
    }

    /** Whether it is for a GPU, by its number. */
    boolean isOnGpu() {
        return settings.getKind() == ModelInstanceGroup.Kind.KIND_GPU;
    }

    /** Whether it is made but gets no requests. */
    boolean passive() {
        return settings.getPassive();
    }
}
