package org.keepwell

/** Makes a new wallet of these words and leaves it unlocked, as [createWallet] does. */
suspend fun Wallet.Companion.create(
    config: WalletConfig,
    words: RecoveryWords,
    pin: Pin,
    passphrase: Passphrase? = null,
): OpenedWallet = createWallet(config, words, pin, passphrase)

/** Makes the wallet of these words again from its host, as [restoreWallet] does; [observer] hears how far it is. */
suspend fun Wallet.Companion.restore(
    config: WalletConfig,
    words: RecoveryWords,
    pin: Pin,
    servers: Servers,
    passphrase: Passphrase? = null,
    observer: Observer? = null,
): RestoredWallet = restoreWallet(config, words, pin, servers, passphrase, observer = observer)

/** Authenticates with the PIN for as long as [block] runs; the wallet stays unlocked afterwards, the authentication is void. */
suspend fun <T> Wallet.withAuthentication(pin: Pin, block: suspend (Authentication) -> T): T =
    unlock(pin).use { authentication ->
        try {
            block(authentication)
        } finally {
            authentication.void()
        }
    }
