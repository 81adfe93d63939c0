package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import org.keepwell.wallet.service.LockService

/** The screen before everything else: the PIN opens the wallet. */
class UnlockModel(lock: LockService, scope: CoroutineScope) : ScreenModel<PinState, PinEvent>(PinState(), scope) {
    private val entry = PinEntry(scope, { next -> change { next } }, lock::unlock)

    override fun on(event: PinEvent) = entry.on(event)

    override fun close() = entry.close()
}
