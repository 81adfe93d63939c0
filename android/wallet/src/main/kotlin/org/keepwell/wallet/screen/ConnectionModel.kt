package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.ConnectionNames
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.service.Connection
import org.keepwell.wallet.service.StartService

/** Which servers are to keep the sealed copy. */
data class ConnectionState(
    /** The servers that are asked about; null where none are known yet. */
    val names: ConnectionNames? = null,
    /** Whether a code named them, which anybody can make. */
    val isFromCode: Boolean = false,
    /** Whether the camera looks for a code. */
    val isScanning: Boolean = false,
    val permission: CameraPermission = CameraPermission.UNKNOWN,
    /** Whether it can be put off. */
    val mayWait: Boolean = true,
    val problem: Problem? = null,
)

/** What is done where the connection is asked about. */
sealed interface ConnectionEvent {
    data object Scan : ConnectionEvent
    data class Permission(val isGranted: Boolean) : ConnectionEvent
    class Read(val text: String) : ConnectionEvent {
        override fun toString() = "Read(..)"
    }

    data object Accept : ConnectionEvent
    data object Later : ConnectionEvent
    data object Back : ConnectionEvent
}

/**
 * Asks about the app's own connection, one that was [offered], or one from a code; [chosen] gets what the person said, null
 * for none.
 */
class ConnectionModel(
    private val start: StartService,
    offered: String?,
    mayWait: Boolean,
    private val chosen: (Connection?) -> Unit,
    private val leave: () -> Unit,
    scope: CoroutineScope,
) : ScreenModel<ConnectionState, ConnectionEvent>(ConnectionState(start.builtInConnection?.names, mayWait = mayWait), scope) {
    private var asked: Connection? = start.builtInConnection

    init {
        if (offered != null) read(offered)
    }

    override fun on(event: ConnectionEvent) {
        when (event) {
            ConnectionEvent.Scan -> change { it.copy(isScanning = true, problem = null) }
            is ConnectionEvent.Permission -> change {
                it.copy(permission = if (event.isGranted) CameraPermission.GRANTED else CameraPermission.DENIED)
            }
            // The camera reports what it sees many times a second.
            is ConnectionEvent.Read -> if (state.value.isScanning) read(event.text)
            ConnectionEvent.Accept -> asked?.let(chosen)
            ConnectionEvent.Later -> if (state.value.mayWait) chosen(null)
            ConnectionEvent.Back -> if (state.value.isScanning) change { it.copy(isScanning = false, problem = null) } else leave()
        }
    }

    /** Says that it did not do, and why. */
    fun refuse(problem: Problem) = change { it.copy(problem = problem) }

    private fun read(text: String) {
        scope.launch {
            val connection = start.readConnection(text).orElse(::refuse) ?: return@launch
            asked = connection
            change { it.copy(names = connection.names, isFromCode = true, isScanning = false, problem = null) }
        }
    }
}
