package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import org.keepwell.wallet.model.Incoming

/** A link that is pasted or typed. */
data class PasteLinkState(
    val text: String = "",
    /** Whether what stands there was tried and leads to no records. */
    val isNone: Boolean = false,
) {
    override fun toString() = "PasteLinkState(isNone=$isNone)"
}

/** What is done with a link; texts say nothing, so that no log can. */
sealed interface PasteLinkEvent {
    class Type(val text: String) : PasteLinkEvent {
        override fun toString() = "Type(..)"
    }

    data object Next : PasteLinkEvent
}

/** Goes on with a link to records, which [take] gets; anything else is said to be none. */
class PasteLinkModel(private val take: (Incoming.Link) -> Unit, scope: CoroutineScope) : ScreenModel<PasteLinkState, PasteLinkEvent>(PasteLinkState(), scope) {
    override fun on(event: PasteLinkEvent) {
        when (event) {
            is PasteLinkEvent.Type -> change { PasteLinkState(text = event.text.take(LONGEST)) }
            PasteLinkEvent.Next -> when (val link = Incoming.of(state.value.text)) {
                is Incoming.Link -> take(link)
                else -> change { it.copy(isNone = it.text.isNotBlank()) }
            }
        }
    }

    private companion object {
        /** Far more than a link with a message around it, whatever stands in the clipboard. */
        const val LONGEST = 16_384
    }
}
