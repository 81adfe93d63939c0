package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.launch
import org.keepwell.wallet.background.KeptWishes
import org.keepwell.wallet.background.NoticeWishes

/** What the person wishes to be told. */
data class NoticesState(val wishes: NoticeWishes = NoticeWishes())

/** What is done about it. */
sealed interface NoticesEvent {
    data class TellSending(val isWished: Boolean) : NoticesEvent
    data class TellEnds(val isWished: Boolean) : NoticesEvent
    data class TellReads(val isWished: Boolean) : NoticesEvent
    data class NameClinics(val isWished: Boolean) : NoticesEvent
}

/** Switches each kind of notice on and off. Whether the phone shows any is the phone's, and asked by the screen. */
class NoticesModel(private val kept: KeptWishes, scope: CoroutineScope) : ScreenModel<NoticesState, NoticesEvent>(NoticesState(kept.now.value), scope) {
    init {
        scope.launch { kept.now.collect { now -> change { it.copy(wishes = now) } } }
    }

    override fun on(event: NoticesEvent) {
        val now = kept.now.value
        kept.set(
            when (event) {
                is NoticesEvent.TellSending -> now.copy(tellsSending = event.isWished)
                is NoticesEvent.TellEnds -> now.copy(tellsEnds = event.isWished)
                is NoticesEvent.TellReads -> now.copy(tellsReads = event.isWished)
                is NoticesEvent.NameClinics -> now.copy(namesClinics = event.isWished)
            },
        )
    }
}
