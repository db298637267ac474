package dev.nereid.cuda.driver;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import jcuda.driver.CUipcMemHandle;

/** The driver's handle of memory that another process shares. JCuda has it as a class whose bytes are private. */
final class IpcHandle {
    static final int BYTES = 64;

    private static final VarHandle CONTENT = content();

    private IpcHandle() {}

    /** The handle with these {@link #BYTES} bytes. */
    static CUipcMemHandle of(byte[] bytes) {
        CUipcMemHandle handle = new CUipcMemHandle();
        CONTENT.set(handle, bytes.clone());
        return handle;
    }

    private static VarHandle content() {
        try {
            return MethodHandles.privateLookupIn(CUipcMemHandle.class, MethodHandles.lookup())
                    .findVarHandle(CUipcMemHandle.class, "reserved", byte[].class);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("this JCuda keeps handles of shared memory elsewhere", e);
        }
    }
}
