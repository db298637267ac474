package dev.nereid.server.commands;

import dev.nereid.server.Server;
import dev.nereid.server.config.ModelServerConfigReader;
import dev.nereid.server.config.ModelServerFlags;
import dev.nereid.server.config.StartException;
import dev.nereid.server.observe.LogConfig;
import dev.nereid.server.observe.Logging;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.repository.folders.StagedRepository;
import dev.nereid.server.tensorflow.models.ServedModels;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code tensorflow_model_server}: serves models as TensorFlow Serving does, until the process is asked to end. */
final class ModelServerCommand {
    /** What TensorFlow Serving's main returns for a wrong command line, as the system shows it. */
    private static final int WRONG_FLAGS = 255;

    private static final String ANY_ADDRESS = "0.0.0.0";

    private ModelServerCommand() {}

    static int run(List<String> arguments) {
        ModelServerFlags flags;
        try {
            flags = ModelServerFlags.parse(arguments);
        } catch (IllegalArgumentException e) {
            if (!String.valueOf(e.getMessage()).isEmpty()) {
                System.err.println(e.getMessage());
            }
            System.out.print(ModelServerFlags.usage());
            return WRONG_FLAGS;
        }
        if (flags.isVersion()) {
            String version = ModelServerCommand.class.getPackage().getImplementationVersion();
            System.out.println("TensorFlow ModelServer: nereid " + (version == null ? "(built from source)" : version));
            return 0;
        }
        if (!flags.unknown().isEmpty()) {
            System.out.println("unknown argument: " + flags.unknown().getFirst());
            System.out.print(ModelServerFlags.usage());
        }
        Logging.start(LogConfig.DEFAULT);
        ProcessName.set("tensorflow_model_server");
        Logger log = LoggerFactory.getLogger(ModelServerCommand.class);
        flags.warnings().forEach(log::warn);
        serve(flags, StagedRepository.create(), System.getProperty("nereid.address", ANY_ADDRESS));
        ServeCommand.waitForTheEnd();
        return 0;
    }

    private static void serve(ModelServerFlags flags, StagedRepository staged, String address) {
        ModelServerConfigReader.Read read = ModelServerConfigReader.read(flags, staged.root(), address);
        ShutdownHook stop = ShutdownHook.install(read.server().exitTimeout());
        try {
            Server server = Server.start(read.server());
            ServedModels models = new ServedModels(read.models(), server.servables(), staged);
            server.closeBefore(models);
            server.closeAfter(staged);
            stop.started(server);
            models.start();
        } catch (InferException e) {
            stop.abandon();
            staged.close();
            throw new StartException("Failed to start server. Error: " + e.text(), e);
        } catch (RuntimeException e) {
            stop.abandon();
            staged.close();
            throw e;
        }
    }
}
