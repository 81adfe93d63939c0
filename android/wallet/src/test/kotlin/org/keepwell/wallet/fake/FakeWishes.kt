package org.keepwell.wallet.fake

import kotlinx.coroutines.flow.MutableStateFlow
import org.keepwell.wallet.background.KeptWishes
import org.keepwell.wallet.background.NoticeWishes

/** Wishes that are kept as long as the process lives. */
class FakeWishes : KeptWishes {
    override val now = MutableStateFlow(NoticeWishes())

    override fun set(wishes: NoticeWishes) {
        now.value = wishes
    }
}
