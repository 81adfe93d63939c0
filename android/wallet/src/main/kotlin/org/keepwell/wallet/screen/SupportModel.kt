package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.AutoLock
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.service.WalletServices

/**
 * What whoever helps may need to know of the wallet: no record, no count of records, no name, no clinic and no server. What is null is
 * not known.
 */
data class SupportState(
    val isConnected: Boolean? = null,
    /** How many decisions no server was told of. */
    val unsent: Int? = null,
    val hasBiometrics: Boolean? = null,
    val autoLock: AutoLock? = null,
    val isLoading: Boolean = true,
)

/** Nothing is done here but read; sending is the phone's. */
sealed interface SupportEvent

/** Gathers what a helper may need to know. */
class SupportModel(services: WalletServices, scope: CoroutineScope) : ScreenModel<SupportState, SupportEvent>(SupportState(), scope) {
    init {
        scope.launch {
            val isConnected = services.safety.isConnected().orNull()
            val has = services.safety.hasBiometrics().orNull()
            val after = services.safety.autoLock().orNull()
            change { SupportState(isConnected, services.consent.unsent.value, has, after, isLoading = false) }
        }
    }

    override fun on(event: SupportEvent) = Unit

    private fun <T> Outcome<T>.orNull(): T? = (this as? Outcome.Done)?.value
}
