package dev.nereid.server.repository;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelInstanceGroup;
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
            for (int i = 0; i < group.getCount(); i++) {
                plans.add(new InstancePlan(group.getName() + "_" + i, settings));
            }
        }
        return plans;
    }

    /** Whether it is made but gets no requests. */
    boolean passive() {
        return settings.getPassive();
    }
}
