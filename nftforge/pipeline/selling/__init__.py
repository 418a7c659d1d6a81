"""From tokens to sales: what the file asks, put into orders, offered, watched and withdrawn.

    terms       what the file asks for each piece, in wei and seconds
    shop        who sells, what is there to be sold, and on which conditions of a marketplace
    orders      the file's terms as Seaport orders: a pure function of file, contract and counter
    book        the orders that were signed here, in a journal nobody else may read
    record      the same without signatures, beside the collection: for other machines
    standing    what became of every order there is: the file's, the book's, the chain's
    guards      prices that are not meant
    offering    `list`: the plan, and what is done
    ending      `delist`
    offers      `offers` and `accept`
    giving      `transfer`

The chain decides what stands, not the book: an order is for sale if the very purchase works.
"""
