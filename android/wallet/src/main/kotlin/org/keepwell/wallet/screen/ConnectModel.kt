package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.service.Connection
import org.keepwell.wallet.service.WalletServices

/** Where connecting this phone stands. */
enum class ConnectStep { CHOOSE, CONFIRM, DONE }

/** Connecting a phone that works on its own. */
data class ConnectState(val step: ConnectStep = ConnectStep.CHOOSE, val pin: PinState = PinState())

/** What is done while connecting. */
sealed interface ConnectEvent {
    class Pin(val event: PinEvent) : ConnectEvent {
        override fun toString() = "Pin(..)"
    }

    data object Back : ConnectEvent
}

/** Asks which servers, then for the PIN, and connects. */
class ConnectModel(
    offered: String?,
    private val services: WalletServices,
    private val leave: () -> Unit,
    scope: CoroutineScope,
) : ScreenModel<ConnectState, ConnectEvent>(ConnectState(), scope) {
    private val entry = PinEntry(scope, { next -> change { it.copy(pin = next) } }, ::connect)
    private var chosen: Connection? = null

    /** The first step. */
    val connection = ConnectionModel(services.start, offered, mayWait = true, ::choose, leave, scope)

    override fun on(event: ConnectEvent) {
        if (state.value.pin.isChecking) return
        when (event) {
            is ConnectEvent.Pin -> if (state.value.step == ConnectStep.CONFIRM) entry.on(event.event)
            ConnectEvent.Back -> back()
        }
    }

    override fun hide() = entry.hide()

    override fun close() = entry.close()

    private fun choose(connection: Connection?) {
        chosen = connection ?: return leave()
        change { it.copy(step = ConnectStep.CONFIRM) }
    }

    private suspend fun connect(pin: ByteArray): Outcome<*> {
        val outcome = services.connection.connect(pin, chosen ?: return Outcome.Failed(Problem.NotConnected))
        if (outcome is Outcome.Done) change { it.copy(step = ConnectStep.DONE) }
        return outcome
    }

    private fun back() = when (state.value.step) {
        ConnectStep.CHOOSE -> connection.on(ConnectionEvent.Back)
        ConnectStep.CONFIRM -> {
            entry.clear()
            change { it.copy(step = ConnectStep.CHOOSE) }
        }
        ConnectStep.DONE -> leave()
    }
}
